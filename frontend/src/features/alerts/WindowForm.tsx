import { SegmentedControl, Select, TagsInput, TextInput } from '@mantine/core'
import { Preview } from '@/features/schedules/Preview'
import { useText } from '@/shared/i18n'
import { FormModal } from '@/shared/ui/FormModal'
import { NameFields } from '@/shared/ui/NameFields'
import { useDraft } from '@/shared/useDraft'
import classes from './AlertsPage.module.css'
import { type Maintenance, type StoredWindow, useSaveWindow } from './queries'
import { type Draft, draftOf, windowOf } from './window'

const ZONES = Intl.supportedValuesOf('timeZone')
const FIRES = 3

interface Props {
  there: StoredWindow | undefined
  onClose: () => void
}

interface PartProps {
  draft: Draft
  change: (some: Partial<Draft>) => void
}

/** A time in which nobody is told, once or again and again. */
export function WindowForm({ there, onClose }: Props) {
  const { t } = useText()
  const [draft, change] = useDraft(() => draftOf(there?.spec))
  const save = useSaveWindow(there)
  const send = (window: Maintenance) => save.mutate(window, { onSuccess: onClose })
  return (
    <FormModal
      opened
      onClose={onClose}
      size="lg"
      title={there ? t.alerts.editWindow(there.name) : t.alerts.newWindow}
      send={t.common.save}
      onSend={() => send(windowOf(draft))}
      isPending={save.isPending}
      error={save.error}
    >
      <NameFields draft={draft} change={change} isNew={!there} />
      <SegmentedControl
        aria-label={t.alerts.when}
        data={[
          { value: 'once', label: t.alerts.onceChoice },
          { value: 'again', label: t.alerts.againChoice },
        ]}
        value={draft.isAgain ? 'again' : 'once'}
        onChange={(value) => change({ isAgain: value === 'again' })}
      />
      <Times draft={draft} change={change} />
      {draft.isAgain && (
        <Preview times={{ cron: draft.cron, timezone: draft.timezone, count: FIRES }} />
      )}
      <TagsInput
        label={t.alerts.checks}
        description={t.alerts.windowChecks}
        value={draft.checks}
        onChange={(value) => change({ checks: value })}
      />
    </FormModal>
  )
}

function Times({ draft, change }: PartProps) {
  const { t } = useText()
  return (
    <div className={classes.fields}>
      {draft.isAgain ? (
        <>
          <TextInput
            label={t.schedules.cron}
            description={t.schedules.cronHint}
            required
            value={draft.cron}
            onChange={(event) => change({ cron: event.currentTarget.value })}
          />
          <TextInput
            label={t.alerts.duration}
            description={t.schedules.durationHint}
            required
            value={draft.duration}
            onChange={(event) => change({ duration: event.currentTarget.value })}
          />
        </>
      ) : (
        (['starts', 'ends'] as const).map((end) => (
          <TextInput
            key={end}
            type="datetime-local"
            label={t.alerts[end]}
            required
            value={draft[end]}
            onChange={(event) => change({ [end]: event.currentTarget.value })}
          />
        ))
      )}
      <Select
        label={t.schedules.timezone}
        searchable
        limit={50}
        allowDeselect={false}
        data={ZONES.includes(draft.timezone) ? ZONES : [draft.timezone, ...ZONES]}
        value={draft.timezone}
        onChange={(value) => change({ timezone: value ?? 'UTC' })}
      />
    </div>
  )
}
