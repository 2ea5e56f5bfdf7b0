import { Button, Menu, Select, TextInput } from '@mantine/core'
import { useDebouncedCallback } from '@mantine/hooks'
import { useQuery } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import { modelQueries } from '@/features/models/queries'
import { useText } from '@/shared/i18n'
import { IconSearch } from '@/shared/ui/icons'
import { useSearchChange } from '@/shared/useSearchChange'
import type { RecentFilters } from './queries'
import classes from './RecentPanel.module.css'

const route = getRouteApi('/showroom')
const TYPING_MS = 350
const KINDS = ['live', 'trial', 'replay', 'shadow'] as const
const FORMATS = ['csv', 'parquet', 'jsonl'] as const

/** Return which predictions the address asks for: the live ones, where it says nothing. */
export function useRecentFilters(): RecentFilters {
  const { list, by, label, told, text } = route.useSearch()
  return {
    kind: list === 'all' ? undefined : (list ?? 'live'),
    version: by,
    label,
    outcome: told === undefined ? undefined : told === 'yes',
    text,
  }
}

/** Which of the predictions on record are listed; the address keeps it. */
export function RecentFilter({ model }: { model: string }) {
  const { t } = useText()
  const search = route.useSearch()
  const versions = useQuery(modelQueries.versions(model)).data?.items ?? []
  const labels = new Set(versions.flatMap((one) => one.signature.outputs.classes ?? []).map(String))
  const choose = useSearchChange<typeof search>()
  const type = useDebouncedCallback(
    (text: string) => choose({ text: text || undefined }),
    TYPING_MS,
  )
  return (
    <div className={classes.filters}>
      <Select
        size="xs"
        aria-label={t.showroom.kind}
        data={[
          ...KINDS.map((value) => ({ value, label: t.showroom.kinds[value] ?? value })),
          { value: 'all', label: t.showroom.allKinds },
        ]}
        value={search.list ?? 'live'}
        allowDeselect={false}
        onChange={(value) =>
          choose({ list: value === 'live' ? undefined : (value as typeof search.list) })
        }
      />
      {versions.length > 1 && (
        <Select
          size="xs"
          aria-label={t.showroom.versionLabel}
          placeholder={t.showroom.anyVersion}
          data={versions.map(({ number }) => ({
            value: String(number),
            label: t.showroom.version(number),
          }))}
          value={search.by === undefined ? null : String(search.by)}
          clearable
          onChange={(value) => choose({ by: value === null ? undefined : Number(value) })}
        />
      )}
      {labels.size > 0 && (
        <Select
          size="xs"
          aria-label={t.showroom.answer}
          placeholder={t.showroom.anyLabel}
          data={[...labels]}
          value={search.label ?? null}
          clearable
          searchable={labels.size > 8}
          onChange={(value) => choose({ label: value ?? undefined })}
        />
      )}
      <Select
        size="xs"
        aria-label={t.showroom.told}
        placeholder={t.showroom.told}
        data={[
          { value: 'yes', label: t.showroom.toldYes },
          { value: 'no', label: t.showroom.toldNo },
        ]}
        value={search.told ?? null}
        clearable
        onChange={(value) => choose({ told: (value as 'yes' | 'no' | null) ?? undefined })}
      />
      <TextInput
        size="xs"
        aria-label={t.showroom.searchInputs}
        placeholder={t.showroom.searchInputs}
        leftSection={<IconSearch size={14} />}
        defaultValue={search.text ?? ''}
        maxLength={200}
        onChange={(event) => type(event.currentTarget.value)}
      />
    </div>
  )
}

/** The predictions that the filter lets through, as a file. */
export function ExportMenu({ model, filters }: { model: string; filters: RecentFilters }) {
  const { t } = useText()
  const given = Object.entries({ model, ...filters }).filter(([, value]) => value !== undefined)
  const query = new URLSearchParams(given.map(([name, value]) => [name, String(value)]))
  return (
    <Menu position="bottom-end" withinPortal>
      <Menu.Target>
        <Button size="xs" variant="default">
          {t.showroom.export}
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        {FORMATS.map((format) => (
          <Menu.Item
            key={format}
            component="a"
            href={`/showroom/predictions/export?${query}&format=${format}`}
          >
            {t.showroom.exportAs[format]}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  )
}
