import { Skeleton, Tabs } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import { useState } from 'react'
import { modelQueries } from '@/features/models/queries'
import type { Schemas } from '@/shared/api/client'
import { useText } from '@/shared/i18n'
import { ErrorPanel } from '@/shared/ui/ErrorPanel'
import { AnswerPanel } from './AnswerPanel'
import { CaseForm } from './CaseForm'
import classes from './Desk.module.css'
import { caseOf } from './inputs'
import { PasteForm } from './PasteForm'
import { showroomQueries } from './queries'
import { StoredCases } from './StoredCases'
import type { Case, Version } from './types'
import { useAnswer } from './useAnswer'

const route = getRouteApi('/showroom')

/** The question at one side, the answer at the other. */
export function Desk({ model }: { model: Schemas['ServedModel'] }) {
  const versions = useQuery(modelQueries.versions(model.name))
  const stored = useQuery(showroomQueries.cases(model.name))
  const { version, compare } = route.useSearch()
  if (versions.isError) {
    return <ErrorPanel error={versions.error} onRetry={() => void versions.refetch()} />
  }
  const find = (number: number | null | undefined) =>
    versions.data?.items.find((one) => one.number === number)
  const asked = find(version ?? model.live) ?? versions.data?.items[0]
  if (!asked || stored.isPending) return <Skeleton height={420} radius="lg" />
  const first = stored.data?.items[0]?.inputs as Case | undefined
  return (
    <Question
      key={asked.number}
      version={asked}
      other={find(compare)}
      stored={stored.data?.items ?? []}
      first={caseOf(asked.signature.inputs, first)}
    />
  )
}

interface Props {
  version: Version
  other: Version | undefined
  stored: readonly Schemas['StoredCase'][]
  first: Case
}

function Question({ version, other, stored, first }: Props) {
  const { t } = useText()
  const [tab, setTab] = useState<string | null>('form')
  const [cases, setCases] = useState<Case[]>([first])
  const [explain, setExplain] = useState(false)
  const answer = useAnswer(version, cases, explain && cases.length === 1)
  const compared = useAnswer(other, cases, false)
  const pick = (inputs: Case) => {
    setCases([caseOf(version.signature.inputs, inputs)])
    setTab('form')
  }
  return (
    <div className={classes.desk}>
      <Tabs value={tab} onChange={setTab} keepMounted={false} className={classes.question}>
        <Tabs.List>
          <Tabs.Tab value="form">{t.showroom.form}</Tabs.Tab>
          <Tabs.Tab value="stored">{t.showroom.stored(stored.length)}</Tabs.Tab>
          <Tabs.Tab value="paste">{t.showroom.paste}</Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="form" className={classes.panel}>
          <CaseForm
            inputs={version.signature.inputs}
            value={cases[0] ?? first}
            faults={answer.faults}
            onChange={(one) => setCases([one])}
          />
        </Tabs.Panel>
        <Tabs.Panel value="stored" className={classes.panel}>
          <StoredCases version={version} stored={stored} onPick={pick} />
        </Tabs.Panel>
        <Tabs.Panel value="paste" className={classes.panel}>
          <PasteForm inputs={version.signature.inputs} onCases={setCases} />
        </Tabs.Panel>
      </Tabs>
      <AnswerPanel
        version={version}
        cases={cases}
        answer={answer}
        compared={other && compared}
        explain={explain}
        onExplain={setExplain}
      />
    </div>
  )
}
