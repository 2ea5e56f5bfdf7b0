import { Select } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import { modelQueries } from '@/features/models/queries'
import type { Schemas } from '@/shared/api/client'
import { useText } from '@/shared/i18n'
import { useSearchChange } from '@/shared/useSearchChange'
import classes from './Choice.module.css'

const route = getRouteApi('/showroom')
type Model = Schemas['ServedModel']

/** Which model answers, by which version, and which other version is compared with it. */
export function Choice({ models, model }: { models: readonly Model[]; model: Model }) {
  const { t } = useText()
  const navigate = route.useNavigate()
  const { version, compare } = route.useSearch()
  const versions = useQuery(modelQueries.versions(model.name))
  const numbers = (versions.data?.items ?? []).map(({ number }) => ({
    value: String(number),
    label: number === model.live ? t.showroom.live(number) : t.showroom.version(number),
  }))
  const choose = useSearchChange<{ model?: string; version?: number; compare?: number }>()
  return (
    <div className={classes.choice}>
      <Select
        aria-label={t.showroom.model}
        data={models.map((one) => one.name)}
        value={model.name}
        allowDeselect={false}
        searchable={models.length > 8}
        onChange={(value) => value && void navigate({ search: { model: value }, replace: true })}
      />
      <Select
        aria-label={t.showroom.versionLabel}
        data={numbers}
        value={String(version ?? model.live ?? '')}
        allowDeselect={false}
        onChange={(value) => choose({ version: Number(value) })}
      />
      {numbers.length > 1 && (
        <Select
          aria-label={t.showroom.compare}
          placeholder={t.showroom.compare}
          clearable
          data={numbers}
          value={compare === undefined ? null : String(compare)}
          onChange={(value) => choose({ compare: value === null ? undefined : Number(value) })}
        />
      )}
    </div>
  )
}
