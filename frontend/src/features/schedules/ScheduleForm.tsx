import { SegmentedControl, Select, TextInput } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { modelQueries } from '@/features/models/queries'
import { useText } from '@/shared/i18n'
import { Panel } from '@/shared/ui/Panel'
import { type Trigger, timesOf } from './draft'
import { Preview } from './Preview'
import { Collect, Deliver, type PartProps, Policies } from './parts'
import type { Overview, Times } from './queries'
import classes from './ScheduleForm.module.css'
import { useTryout } from './useTryout'

const ZONES = Intl.supportedValuesOf('timeZone')

/** The form of a schedule: what, when, whence, whereto, and what if. */
export function ScheduleForm({ there, ...parts }: PartProps & { there: Overview | undefined }) {
  const trying = useTryout(parts.draft, there)
  return (
    <>
      <What {...parts} isNew={there === undefined} />
      <When {...parts} />
      <Collect {...parts} trying={trying} />
      <Deliver {...parts} />
      <Policies {...parts} />
    </>
  )
}

function What({ draft, change, isNew }: PartProps & { isNew: boolean }) {
  const { t } = useText()
  const models = useQuery(modelQueries.all())
  const versions = useQuery({
    ...modelQueries.versions(draft.model),
    enabled: draft.model !== '',
  })
  return (
    <Panel title={t.schedules.what}>
      <div className={classes.fields}>
        {isNew && (
          <TextInput
            label={t.schedules.name}
            required
            value={draft.name}
            onChange={(event) => change({ name: event.currentTarget.value })}
          />
        )}
        <Select
          label={t.dispatches.model}
          required
          searchable
          data={(models.data?.items ?? []).map((one) => one.name)}
          value={draft.model || null}
          onChange={(value) => change({ model: value ?? '', version: '' })}
        />
        <Select
          label={t.schedules.version}
          placeholder={t.schedules.liveVersion}
          clearable
          data={(versions.data?.items ?? []).map((one) => String(one.number))}
          value={draft.version || null}
          onChange={(value) => change({ version: value ?? '' })}
        />
        <TextInput
          label={t.schedules.description}
          value={draft.description}
          onChange={(event) => change({ description: event.currentTarget.value })}
        />
      </div>
    </Panel>
  )
}

function When({ draft, change }: PartProps) {
  const { t } = useText()
  const triggers: Trigger[] = ['cron', 'interval', 'once', 'hand']
  return (
    <Panel title={t.schedules.when}>
      <div className={classes.when}>
        <SegmentedControl
          aria-label={t.schedules.when}
          data={triggers.map((value) => ({ value, label: t.schedules.triggers[value] }))}
          value={draft.trigger}
          onChange={(value) => change({ trigger: value as Trigger })}
        />
        <div className={classes.fields}>
          <Time draft={draft} change={change} />
          <Select
            label={t.schedules.timezone}
            searchable
            limit={50}
            data={ZONES.includes(draft.timezone) ? ZONES : [draft.timezone, ...ZONES]}
            value={draft.timezone}
            allowDeselect={false}
            onChange={(value) => change({ timezone: value ?? 'UTC' })}
          />
        </div>
        {draft.trigger !== 'hand' && <Preview times={timesOf(draft) as Times} />}
      </div>
    </Panel>
  )
}

function Time({ draft, change }: PartProps) {
  const { t } = useText()
  switch (draft.trigger) {
    case 'cron':
      return (
        <TextInput
          label={t.schedules.cron}
          description={t.schedules.cronHint}
          required
          value={draft.cron}
          onChange={(event) => change({ cron: event.currentTarget.value })}
        />
      )
    case 'interval':
      return (
        <TextInput
          label={t.schedules.every}
          description={t.schedules.durationHint}
          required
          value={draft.every}
          onChange={(event) => change({ every: event.currentTarget.value })}
        />
      )
    case 'once':
      return (
        <TextInput
          type="datetime-local"
          label={t.schedules.at}
          required
          value={draft.once}
          onChange={(event) => change({ once: event.currentTarget.value })}
        />
      )
    case 'hand':
      return null
  }
}
