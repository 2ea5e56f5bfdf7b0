import { NumberInput, Select, Textarea, TextInput } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useText } from '@/shared/i18n'
import { Panel } from '@/shared/ui/Panel'
import type { Draft } from './draft'
import { scheduleQueries } from './queries'
import classes from './ScheduleForm.module.css'

const MODES = ['replace slot', 'upsert', 'append'] as const
const CATCH_UPS = ['latest', 'all', 'skip'] as const
const OVERLAPS = ['queue', 'skip', 'cancel running'] as const

export interface PartProps {
  draft: Draft
  change: (some: Partial<Draft>) => void
}

function useSources(): string[] {
  const { data } = useQuery(scheduleQueries.sources())
  return (data?.items ?? []).map((one) => one.name)
}

/** Whence the rows come. */
export function Collect({ draft, change }: PartProps) {
  const { t } = useText()
  const sources = useSources()
  return (
    <Panel title={t.dispatches.stages.collect}>
      <div className={classes.fields}>
        <Select
          label={t.dispatches.from}
          required
          searchable
          data={sources}
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
        <Textarea
          className={classes.whole}
          label={t.schedules.query}
          description={t.schedules.queryHint}
          required
          autosize
          minRows={5}
          maxRows={24}
          spellCheck={false}
          styles={{ input: { fontFamily: 'var(--mantine-font-family-monospace)' } }}
          value={draft.query}
          onChange={(event) => change({ query: event.currentTarget.value })}
        />
      </div>
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
          data={sources}
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
        <NumberInput
          label={t.schedules.concurrency}
          min={1}
          allowDecimal={false}
          value={draft.concurrency}
          onChange={(value) => change({ concurrency: Number(value) || 1 })}
        />
        <NumberInput
          label={t.schedules.retries}
          min={0}
          allowDecimal={false}
          value={draft.retries}
          onChange={(value) => change({ retries: Number(value) || 0 })}
        />
        <TextInput
          label={t.schedules.timeOut}
          description={t.schedules.durationHint}
          placeholder="PT30M"
          value={draft.timeOut}
          onChange={(event) => change({ timeOut: event.currentTarget.value })}
        />
      </div>
    </Panel>
  )
}
