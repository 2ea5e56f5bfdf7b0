import { Button, Modal, MultiSelect, SegmentedControl, Select, TextInput } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useText } from '@/shared/i18n'
import { now } from '@/shared/time/clock'
import { FormModal } from '@/shared/ui/FormModal'
import { Secret } from '@/shared/ui/Secret'
import { useDraft } from '@/shared/useDraft'
import { type Draft, EMPTY, LASTS, type Lasts, tokenOf } from './draft'
import classes from './MakeToken.module.css'
import { tokenQueries, useMakeToken } from './queries'

/** Asks what a token is for; then shows it, once. */
export function MakeToken({ onClose }: { onClose: () => void }) {
  const { t } = useText()
  const [draft, change] = useDraft(() => EMPTY)
  const make = useMakeToken()
  if (make.data) return <Made name={make.data.name} secret={make.data.token} onClose={onClose} />
  return (
    <FormModal
      opened
      onClose={onClose}
      title={t.tokens.make}
      send={t.tokens.makeYes}
      onSend={() => make.mutate(tokenOf(draft, now()))}
      isPending={make.isPending}
      error={make.error}
    >
      <TextInput
        label={t.common.name}
        description={t.tokens.nameHint}
        required
        data-autofocus
        spellCheck={false}
        value={draft.name}
        onChange={(event) => change({ name: event.currentTarget.value })}
      />
      <What draft={draft} change={change} />
      <Until draft={draft} change={change} />
    </FormModal>
  )
}

interface PartProps {
  draft: Draft
  change: (some: Partial<Draft>) => void
}

function What({ draft, change }: PartProps) {
  const { t } = useText()
  const isForPredictions = draft.scope === 'predict'
  const models = useQuery({ ...tokenQueries.models(), enabled: isForPredictions })
  const roles = (['viewer', 'operator', 'admin'] as const).map((value) => ({
    value,
    label: t.roles[value],
  }))
  return (
    <>
      <SegmentedControl
        aria-label={t.tokens.scope}
        data={(['all', 'predict'] as const).map((value) => ({
          value,
          label: t.tokens.scopeChoices[value],
        }))}
        value={draft.scope}
        onChange={(value) => change({ scope: value as Draft['scope'] })}
      />
      {isForPredictions ? (
        <MultiSelect
          label={t.tokens.models}
          description={t.tokens.modelsHint}
          data={(models.data?.items ?? []).map(({ name }) => name)}
          searchable
          clearable
          value={draft.models}
          onChange={(value) => change({ models: value })}
        />
      ) : (
        <Select
          label={t.users.role}
          description={t.users.roleHints[draft.role]}
          data={roles}
          value={draft.role}
          allowDeselect={false}
          onChange={(value) => change({ role: (value ?? 'viewer') as Draft['role'] })}
        />
      )}
    </>
  )
}

function Until({ draft, change }: PartProps) {
  const { t } = useText()
  return (
    <div className={classes.until}>
      <Select
        label={t.tokens.lasts}
        data={LASTS.map((value) => ({ value, label: t.tokens.lastsFor[value] }))}
        value={draft.lasts}
        allowDeselect={false}
        onChange={(value) => change({ lasts: (value ?? '90') as Lasts })}
      />
      {draft.lasts === 'day' && (
        <TextInput
          type="date"
          label={t.tokens.lastDay}
          required
          value={draft.day}
          onChange={(event) => change({ day: event.currentTarget.value })}
        />
      )}
    </div>
  )
}

/** A token that was just made: whoever closes this has seen it for the last time. */
function Made({ name, secret, onClose }: { name: string; secret: string; onClose: () => void }) {
  const { t } = useText()
  return (
    <Modal
      opened
      onClose={onClose}
      closeOnClickOutside={false}
      size="lg"
      title={<strong>{t.tokens.madeTitle(name)}</strong>}
      closeButtonProps={{ 'aria-label': t.common.close }}
    >
      <div className={classes.made}>
        <p>{t.tokens.madeDetail}</p>
        <Secret value={secret} label={t.tokens.token} />
        <p className={classes.dim}>{t.tokens.madeHow}</p>
        <Button variant="default" className={classes.done} onClick={onClose}>
          {t.common.done}
        </Button>
      </div>
    </Modal>
  )
}
