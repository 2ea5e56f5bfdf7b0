import { Button, Drawer, Select, Skeleton } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import { useState } from 'react'
import { modelQueries } from '@/features/models/queries'
import type { Schemas } from '@/shared/api/client'
import { useText } from '@/shared/i18n'
import { May } from '@/shared/session/May'
import { useMay } from '@/shared/session/session'
import { Moment } from '@/shared/time/Moment'
import { ErrorPanel } from '@/shared/ui/ErrorPanel'
import { Facts } from '@/shared/ui/Facts'
import { IconRefresh } from '@/shared/ui/icons'
import { Short } from './ManyAnswers'
import { showroomQueries, useOutcome, useReplay } from './queries'
import classes from './RecordDrawer.module.css'
import { TruthInput } from './TruthInput'
import type { Prediction, Scalar, Version } from './types'

const route = getRouteApi('/showroom')
const MOST_CASES = 20

/** A request on record: its cases and answers, what became of them, and its replay. */
export function RecordDrawer({ model }: { model: string }) {
  const { t } = useText()
  const id = route.useSearch({ select: (search) => search.record })
  const navigate = route.useNavigate()
  const close = () =>
    void navigate({ search: (before) => ({ ...before, record: undefined }), resetScroll: false })
  return (
    <Drawer
      opened={id !== undefined}
      onClose={close}
      position="right"
      size="lg"
      title={<strong>{t.showroom.record}</strong>}
      closeButtonProps={{ 'aria-label': t.common.close }}
    >
      {id !== undefined && <Record id={id} model={model} />}
    </Drawer>
  )
}

function Record({ id, model }: { id: string; model: string }) {
  const { t } = useText()
  const record = useQuery(showroomQueries.record(id))
  const versions = useQuery(modelQueries.versions(model))
  if (record.isPending) return <Skeleton height={240} />
  if (record.isError) {
    return <ErrorPanel error={record.error} onRetry={() => void record.refetch()} />
  }
  const { version, caller, received_at: at, cases, kind } = record.data
  const answered = versions.data?.items.find((one) => one.number === version)
  return (
    <div className={classes.record}>
      <p className={classes.dim}>
        {t.showroom.kinds[kind] ?? kind} · {t.showroom.version(version)} · {caller} ·{' '}
        <Moment at={at} />
        <br />
        <code>{id}</code>
      </p>
      <May as="operator">
        <Replay id={id} versions={versions.data?.items ?? []} />
      </May>
      {cases.slice(0, MOST_CASES).map((one) => (
        <section key={one.number} className={classes.case}>
          <div className={classes.answer}>
            <Short prediction={one.output as Prediction} />
          </div>
          <Outcome id={id} number={one.number} outcome={one.outcome as Scalar} version={answered} />
          <Facts facts={one.inputs} />
        </section>
      ))}
      {cases.length > MOST_CASES && (
        <p className={classes.dim}>{t.showroom.moreCases(cases.length - MOST_CASES)}</p>
      )}
    </div>
  )
}

interface OutcomeProps {
  id: string
  number: number
  outcome: Scalar
  version: Version | undefined
}

function Outcome({ id, number, outcome, version }: OutcomeProps) {
  const { t } = useText()
  const tell = useOutcome(id)
  const may = useMay('operator')
  const known = outcome ?? null
  const [typed, setTyped] = useState(known)
  if (!may) return null
  const say = (value: Scalar) => tell.mutate({ number, outcome: value })
  // A class is chosen at once; a number is typed digit by digit.
  const isChosen = (version?.signature.outputs.classes ?? []).length > 0
  return (
    <>
      <TruthInput
        version={version}
        label={t.showroom.outcome}
        description={t.showroom.outcomeHint}
        placeholder={t.showroom.outcomeUnknown}
        value={isChosen ? known : typed}
        disabled={tell.isPending}
        onChange={isChosen ? say : setTyped}
      />
      {typed !== known && !isChosen && (
        <Button variant="default" loading={tell.isPending} onClick={() => say(typed)}>
          {t.showroom.keepYes}
        </Button>
      )}
    </>
  )
}

function Replay({ id, versions }: { id: string; versions: readonly Schemas['Version'][] }) {
  const { t } = useText()
  const [version, setVersion] = useState<string | null>(null)
  const replay = useReplay(id)
  return (
    <section className={classes.replay}>
      <div className={classes.tools}>
        <Select
          aria-label={t.showroom.replayBy}
          placeholder={t.showroom.replayBySame}
          data={versions.map((one) => ({
            value: String(one.number),
            label: t.showroom.version(one.number),
          }))}
          value={version}
          clearable
          onChange={setVersion}
        />
        <Button
          variant="default"
          leftSection={<IconRefresh size={16} />}
          loading={replay.isPending}
          onClick={() => replay.mutate(version === null ? undefined : Number(version))}
        >
          {t.showroom.replay}
        </Button>
      </div>
      {replay.data && <Replayed replay={replay.data} />}
    </section>
  )
}

function Replayed({ replay }: { replay: Schemas['Replay'] }) {
  const { t, percent } = useText()
  return (
    <div role="status" className={classes.replayed}>
      <strong>
        {replay.labels_changed > 0
          ? t.showroom.changed(replay.labels_changed)
          : t.showroom.unchanged}
      </strong>
      {replay.cases.slice(0, MOST_CASES).map((one) => (
        <div key={one.number}>
          <Short prediction={one.before as Prediction} /> →{' '}
          {one.after ? <Short prediction={one.after as Prediction} /> : one.error}
          {typeof one.moved === 'number' && ` (${t.showroom.moved(percent(one.moved))})`}
        </div>
      ))}
    </div>
  )
}
