import { MultiSelect, NumberInput, Switch, TagsInput } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useText } from '@/shared/i18n'
import { FormModal } from '@/shared/ui/FormModal'
import { NameFields } from '@/shared/ui/NameFields'
import { useDraft } from '@/shared/useDraft'
import classes from './AlertsPage.module.css'
import { alertQueries, type Rule, type RuleOverview, useSaveRule, useTroubles } from './queries'

const EMPTY: Rule = {
  name: '',
  description: '',
  checks: [],
  schedules: [],
  models: [],
  states: ['down', 'failed', 'timed_out', 'lost', 'drifted'],
  channels: [],
  reminder: null,
  recoveries: true,
  repeats: false,
}

interface Props {
  there: RuleOverview | undefined
  onClose: () => void
}

/** Who is told of what, to be made or changed. */
export function RuleForm({ there, onClose }: Props) {
  const { t } = useText()
  const [rule, change] = useDraft<Rule>(() => there?.spec ?? EMPTY)
  const save = useSaveRule(there)
  return (
    <FormModal
      opened
      onClose={onClose}
      size="lg"
      title={there ? t.alerts.editRule(there.name) : t.alerts.newRule}
      send={t.common.save}
      onSend={() => save.mutate(rule, { onSuccess: onClose })}
      isPending={save.isPending}
      error={save.error}
    >
      <NameFields draft={rule} change={change} isNew={!there} />
      <About rule={rule} change={change} />
      <Telling rule={rule} change={change} />
    </FormModal>
  )
}

interface PartProps {
  rule: Rule
  change: (some: Partial<Rule>) => void
}

function About({ rule, change }: PartProps) {
  const { t } = useText()
  const troubles = useTroubles()
  return (
    <>
      <div className={classes.fields}>
        {(['checks', 'schedules', 'models'] as const).map((noun) => (
          <TagsInput
            key={noun}
            label={t.alerts[noun]}
            description={t.alerts.patternHint}
            data={['*']}
            value={rule[noun]}
            onChange={(value) => change({ [noun]: value })}
          />
        ))}
      </div>
      <MultiSelect
        label={t.alerts.states}
        required
        data={troubles}
        value={rule.states}
        onChange={(value) => change({ states: value as Rule['states'] })}
      />
    </>
  )
}

function Telling({ rule, change }: PartProps) {
  const { t } = useText()
  const channels = useQuery(alertQueries.channels())
  return (
    <>
      <div className={classes.fields}>
        <MultiSelect
          label={t.alerts.toldAt}
          required
          searchable
          data={(channels.data?.items ?? []).map(({ name }) => name)}
          value={rule.channels}
          onChange={(value) => change({ channels: value })}
        />
        <NumberInput
          label={t.alerts.reminderEvery}
          description={t.alerts.reminderHint}
          min={1}
          value={rule.reminder ?? ''}
          onChange={(value) => change({ reminder: value === '' ? null : Number(value) })}
        />
      </div>
      <Switch
        label={t.alerts.recoveries}
        checked={rule.recoveries}
        onChange={(event) => change({ recoveries: event.currentTarget.checked })}
      />
      <Switch
        label={t.alerts.repeats}
        checked={rule.repeats}
        onChange={(event) => change({ repeats: event.currentTarget.checked })}
      />
    </>
  )
}
