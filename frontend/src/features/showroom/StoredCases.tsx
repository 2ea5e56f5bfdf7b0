import { Badge, Button, TextInput, UnstyledButton } from '@mantine/core'
import { getRouteApi } from '@tanstack/react-router'
import { useState } from 'react'
import { CaseReport } from '@/features/models/CaseReport'
import type { Schemas } from '@/shared/api/client'
import { useText } from '@/shared/i18n'
import { Empty } from '@/shared/ui/Empty'
import { IconPlay, IconSearch, IconTag } from '@/shared/ui/icons'
import { useRunCases } from './queries'
import classes from './StoredCases.module.css'
import type { Case } from './types'

const route = getRouteApi('/showroom')
type StoredCase = Schemas['StoredCase']

interface Props {
  model: string
  stored: readonly StoredCase[]
  onPick: (inputs: Case) => void
}

/** The cases that are kept: to pick one, or to run them all. */
export function StoredCases({ model, stored, onPick }: Props) {
  const { t } = useText()
  const [wanted, setWanted] = useState('')
  const { version, compare } = route.useSearch()
  const run = useRunCases(model)
  const versions = [version, compare].filter((one) => one !== undefined)
  const shown = stored.filter((one) => fits(one, wanted))
  if (stored.length === 0) {
    return (
      <Empty
        icon={<IconTag size={32} />}
        title={t.showroom.noCases}
        detail={t.showroom.noCasesDetail}
        command={`disparo cases import --model ${model} cases.csv`}
      />
    )
  }
  return (
    <div className={classes.stored}>
      <div className={classes.tools}>
        <TextInput
          className={classes.search}
          leftSection={<IconSearch size={16} />}
          placeholder={t.showroom.searchCases}
          aria-label={t.showroom.searchCases}
          value={wanted}
          onChange={(event) => setWanted(event.currentTarget.value)}
        />
        <Button
          variant="default"
          leftSection={<IconPlay size={16} />}
          loading={run.isPending}
          onClick={() => run.mutate(versions)}
        >
          {t.showroom.runCases}
        </Button>
      </div>
      {run.data && <CaseReport run={run.data} />}
      <ul className={classes.list}>
        {shown.map((one) => (
          <li key={one.id}>
            <UnstyledButton className={classes.case} onClick={() => onPick(one.inputs as Case)}>
              <span className={classes.title}>{one.title || `#${one.id}`}</span>
              {one.expected !== null && one.expected !== undefined && (
                <span className={classes.dim}>{t.showroom.expected(String(one.expected))}</span>
              )}
              {one.tags?.map((tag) => (
                <Badge key={tag} size="sm" variant="default" tt="none">
                  {tag}
                </Badge>
              ))}
            </UnstyledButton>
          </li>
        ))}
      </ul>
    </div>
  )
}

function fits(one: StoredCase, wanted: string): boolean {
  const text = JSON.stringify([one.title, one.tags, one.inputs]).toLowerCase()
  return wanted
    .toLowerCase()
    .split(/\s+/)
    .every((word) => text.includes(word))
}
