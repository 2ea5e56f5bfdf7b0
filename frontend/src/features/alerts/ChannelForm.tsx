import {
  NumberInput,
  SegmentedControl,
  Select,
  TagsInput,
  Textarea,
  TextInput,
} from '@mantine/core'
import { useText } from '@/shared/i18n'
import { FormModal } from '@/shared/ui/FormModal'
import { NameFields } from '@/shared/ui/NameFields'
import { useDraft } from '@/shared/useDraft'
import classes from './AlertsPage.module.css'
import { type ChannelKind, channelOf, type Draft, draftOf, KINDS } from './channel'
import { type ChannelOverview, useSaveChannel } from './queries'

interface Props {
  there: ChannelOverview | undefined
  onClose: () => void
}

interface PartProps {
  draft: Draft
  change: (some: Partial<Draft>) => void
}

/** Where people are told, to be made or changed; secrets that are kept stand there as stars. */
export function ChannelForm({ there, onClose }: Props) {
  const { t } = useText()
  const [draft, change] = useDraft(() => draftOf(there?.spec))
  const save = useSaveChannel(there)
  return (
    <FormModal
      opened
      onClose={onClose}
      size="lg"
      title={there ? t.alerts.editChannel(there.name) : t.alerts.newChannel}
      send={t.common.save}
      onSend={() => save.mutate(channelOf(draft), { onSuccess: onClose })}
      isPending={save.isPending}
      error={save.error}
    >
      <SegmentedControl
        aria-label={t.check.kind}
        data={KINDS.map((value) => ({ value, label: t.alerts.kinds[value] }))}
        value={draft.kind}
        onChange={(value) => change({ kind: value as ChannelKind })}
      />
      <div className={classes.fields}>
        <NameFields draft={draft} change={change} isNew={!there} />
        <NumberInput
          label={t.alerts.timeout}
          min={0.1}
          max={120}
          required
          value={draft.timeout}
          onChange={(value) => change({ timeout: Number(value) })}
        />
      </div>
      {draft.kind === 'webhook' && <WebhookFields draft={draft} change={change} />}
      {draft.kind === 'email' && <MailFields draft={draft} change={change} />}
      {draft.kind === 'command' && <CommandFields draft={draft} change={change} />}
    </FormModal>
  )
}

function WebhookFields({ draft, change }: PartProps) {
  const { t } = useText()
  return (
    <>
      <Select
        label={t.alerts.form}
        data={(['json', 'slack', 'teams'] as const).map((value) => ({
          value,
          label: t.alerts.forms[value],
        }))}
        allowDeselect={false}
        value={draft.form}
        onChange={(value) => change({ form: (value ?? 'json') as Draft['form'] })}
      />
      <TextInput
        label="URL"
        description={t.alerts.secretHint}
        required
        spellCheck={false}
        autoComplete="off"
        value={draft.url}
        onChange={(event) => change({ url: event.currentTarget.value })}
      />
      <Textarea
        label={t.alerts.headers}
        description={t.alerts.headersHint}
        autosize
        spellCheck={false}
        value={draft.headers}
        onChange={(event) => change({ headers: event.currentTarget.value })}
      />
    </>
  )
}

function MailFields({ draft, change }: PartProps) {
  const { t } = useText()
  const text = (key: 'host' | 'user' | 'password' | 'sender') => ({
    value: draft[key],
    spellCheck: false,
    onChange: (event: React.ChangeEvent<HTMLInputElement>) =>
      change({ [key]: event.currentTarget.value }),
  })
  return (
    <>
      <div className={classes.fields}>
        <TextInput label={t.alerts.host} required {...text('host')} />
        <Select
          label={t.alerts.security}
          data={(['starttls', 'tls', 'plain'] as const).map((value) => ({
            value,
            label: t.alerts.securities[value],
          }))}
          allowDeselect={false}
          value={draft.security}
          onChange={(value) => change({ security: (value ?? 'starttls') as Draft['security'] })}
        />
        <NumberInput
          label={t.alerts.port}
          min={1}
          max={65_535}
          allowDecimal={false}
          value={draft.port ?? ''}
          onChange={(value) => change({ port: value === '' ? null : Number(value) })}
        />
        <TextInput label={t.alerts.user} autoComplete="off" {...text('user')} />
        <TextInput
          label={t.profile.password}
          description={t.alerts.secretHint}
          autoComplete="off"
          {...text('password')}
        />
        <TextInput label={t.alerts.sender} required {...text('sender')} />
      </div>
      <TagsInput
        label={t.alerts.to}
        required={draft.to.length === 0}
        value={draft.to}
        onChange={(value) => change({ to: value })}
      />
    </>
  )
}

function CommandFields({ draft, change }: PartProps) {
  const { t } = useText()
  return (
    <>
      <Textarea
        label={t.alerts.command}
        description={t.alerts.commandHint}
        required
        autosize
        minRows={2}
        spellCheck={false}
        value={draft.command}
        onChange={(event) => change({ command: event.currentTarget.value })}
      />
      <Textarea
        label={t.alerts.environment}
        description={t.alerts.environmentHint}
        autosize
        spellCheck={false}
        value={draft.environment}
        onChange={(event) => change({ environment: event.currentTarget.value })}
      />
    </>
  )
}
