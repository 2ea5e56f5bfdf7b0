import { NumberInput, Select, TextInput } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useMemo } from 'react'
import { modelQueries } from '@/features/models/queries'
import { useText } from '@/shared/i18n'
import { Panel } from '@/shared/ui/Panel'
import type { Draft } from './draft'
import { scheduleQueries } from './queries'
import classes from './ScheduleForm.module.css'
import { SqlField } from './SqlField'
import { dialectOf } from './sql'
import { Tryout } from './Tryout'
import type { Trying } from './useTryout'

const MODES = ['replace slot', 'upsert', 'append'] as const
const PARTITION_BYS = ['key', 'query'] as const
const CATCH_UPS = ['latest', 'all', 'skip'] as const
const LAUNCHERS = ['local', 'slurm'] as const
const OVERLAPS = ['queue', 'skip', 'cancel running'] as const

export interface PartProps {
  draft: Draft
  change: (some: Partial<Draft>) => void
}

function useSources() {
  const { data } = useQuery(scheduleQueries.sources())
  return data?.items ?? []
}

/** What a query for the draft's model gives: its key, and the inputs of the version. */
function useNames({ model, version, key }: Draft): string[] {
  const { data } = useQuery({ ...modelQueries.versions(model), enabled: model !== '' })
  const models = useQuery(modelQueries.all())
  const live = models.data?.items.find((one) => one.name === model)?.live
  return useMemo(() => {
    const number = version ? Number(version) : live
    const meant = data?.items.find((one) => one.number === number)
    return [key, ...(meant?.signature.inputs ?? []).map((one) => one.name)].filter(Boolean)
  }, [data, version, live, key])
}

/** Whence the rows come, and what the model says of the first ones. */
export function Collect({ draft, change, trying }: PartProps & { trying: Trying }) {
  const { t } = useText()
  const sources = useSources()
  const names = useNames(draft)
  return (
    <Panel title={t.dispatches.stages.collect}>
      <div className={classes.fields}>
        <Select
          label={t.dispatches.from}
          required
          searchable
          data={sources.map((one) => one.name)}
          value={draft.source || null}
          onChange={(value) =>
            change({ source: value ?? '', target: draft.target || (value ?? '') })
          }
        />
        <TextInput
          label={t.schedules.key}
          description={t.schedules.keyHint}
          required
          value={draft.key}
          onChange={(event) => change({ key: event.currentTarget.value })}
        />
        <TextInput
          label={t.schedules.windowStart}
          description={t.schedules.durationHint}
          placeholder="PT0S"
          value={draft.windowStart}
          onChange={(event) => change({ windowStart: event.currentTarget.value })}
        />
        <TextInput
          label={t.schedules.windowEnd}
          description={t.schedules.durationHint}
          placeholder="P1D"
          value={draft.windowEnd}
          onChange={(event) => change({ windowEnd: event.currentTarget.value })}
        />
        <Whole
          label={t.schedules.partitions}
          description={t.schedules.partitionsHint}
          min={1}
          value={draft.partitions}
          set={(partitions) => change({ partitions })}
        />
        {(draft.partitions > 1 || draft.partitionBy === 'query') && (
          <Select
            label={t.schedules.partitionBy}
            data={PARTITION_BYS.map((value) => ({ value, label: t.schedules.partitionBys[value] }))}
            value={draft.partitionBy}
            allowDeselect={false}
            onChange={(value) => change({ partitionBy: value ?? 'key' })}
          />
        )}
        <SqlField
          label={t.schedules.query}
          description={t.schedules.queryHint}
          dialect={dialectOf(sources.find((one) => one.name === draft.source)?.connection)}
          names={names}
          value={draft.query}
          onChange={(query) => change({ query })}
          onRun={trying.run}
        />
      </div>
      <Tryout trying={trying} />
    </Panel>
  )
}

/** Whereto the answers go. */
export function Deliver({ draft, change }: PartProps) {
  const { t } = useText()
  const sources = useSources()
  return (
    <Panel title={t.dispatches.stages.deliver}>
      <div className={classes.fields}>
        <Select
          label={t.schedules.target}
          required
          searchable
          data={sources.map((one) => one.name)}
          value={draft.target || null}
          onChange={(value) => change({ target: value ?? '' })}
        />
        <TextInput
          label={t.schedules.table}
          required
          value={draft.table}
          onChange={(event) => change({ table: event.currentTarget.value })}
        />
        <Select
          label={t.schedules.mode}
          data={MODES.map((value) => ({ value, label: t.schedules.modes[value] ?? value }))}
          value={draft.mode}
          allowDeselect={false}
          onChange={(value) => change({ mode: value ?? 'replace slot' })}
        />
      </div>
    </Panel>
  )
}

/** What happens when slots meet the world. */
export function Policies({ draft, change }: PartProps) {
  const { t } = useText()
  return (
    <Panel title={t.schedules.policies}>
      <div className={classes.fields}>
        <Select
          label={t.schedules.catchUp}
          data={CATCH_UPS.map((value) => ({ value, label: t.schedules.catchUps[value] ?? value }))}
          value={draft.catchUp}
          allowDeselect={false}
          onChange={(value) => change({ catchUp: value ?? 'latest' })}
        />
        <Select
          label={t.schedules.overlap}
          data={OVERLAPS.map((value) => ({ value, label: t.schedules.overlaps[value] ?? value }))}
          value={draft.overlap}
          allowDeselect={false}
          onChange={(value) => change({ overlap: value ?? 'queue' })}
        />
        {draft.catchUp === 'all' && (
          <Whole
            label={t.schedules.catchUpLimit}
            min={1}
            value={draft.catchUpLimit}
            set={(catchUpLimit) => change({ catchUpLimit })}
          />
        )}
        <Whole
          label={t.schedules.concurrency}
          min={1}
          value={draft.concurrency}
          set={(concurrency) => change({ concurrency })}
        />
        <Whole
          label={t.schedules.retries}
          description={t.schedules.retriesHint}
          min={0}
          value={draft.retries}
          set={(retries) => change({ retries })}
        />
        {draft.retries > 0 && (
          <Span
            label={t.schedules.retryDelay}
            placeholder="PT30S"
            value={draft.retryDelay}
            set={(retryDelay) => change({ retryDelay })}
          />
        )}
        <Span
          label={t.schedules.timeOut}
          placeholder="PT30M"
          value={draft.timeOut}
          set={(timeOut) => change({ timeOut })}
        />
        <Span
          label={t.schedules.startDeadline}
          placeholder="PT1H"
          value={draft.startDeadline}
          set={(startDeadline) => change({ startDeadline })}
        />
        <Select
          label={t.schedules.launcher}
          placeholder={t.schedules.launcherDefault}
          clearable
          data={LAUNCHERS.map((value) => ({ value, label: t.schedules.launchers[value] }))}
          value={draft.launcher || null}
          onChange={(value) => change({ launcher: value ?? '' })}
        />
        <Whole
          label={t.schedules.priority}
          description={t.schedules.priorityHint}
          min={-100}
          max={100}
          value={draft.priority}
          set={(priority) => change({ priority })}
        />
      </div>
    </Panel>
  )
}

interface WholeProps {
  label: string
  description?: string
  min: number
  max?: number
  value: number
  set: (value: number) => void
}

function Whole({ set, min, ...field }: WholeProps) {
  return (
    <NumberInput
      {...field}
      min={min}
      allowDecimal={false}
      onChange={(value) => set(value === '' ? min : Number(value))}
    />
  )
}

interface SpanProps {
  label: string
  placeholder: string
  value: string
  set: (value: string) => void
}

function Span({ set, ...field }: SpanProps) {
  const { t } = useText()
  return (
    <TextInput
      {...field}
      description={t.schedules.durationHint}
      onChange={(event) => set(event.currentTarget.value)}
    />
  )
}
