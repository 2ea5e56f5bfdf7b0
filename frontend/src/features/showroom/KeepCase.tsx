import { Button, Modal, TagsInput, TextInput } from '@mantine/core'
import { useState } from 'react'
import { useText } from '@/shared/i18n'
import { type CaseFields, type StoredCase, useChangeCase, useKeepCase } from './cases'
import classes from './KeepCase.module.css'
import { TruthInput } from './TruthInput'
import type { Case, Prediction, Scalar, Version } from './types'

interface KeepProps {
  version: Version
  inputs: Case
  answered: Prediction | undefined
  isOpen: boolean
  onClose: () => void
}

/** Keeps the case of the form, with a title and, where it is known, the right answer. */
export function KeepCase({ version, inputs, answered, isOpen, onClose }: KeepProps) {
  const { t } = useText()
  const keep = useKeepCase(version.model)
  const said = answered?.label ?? answered?.value ?? ''
  return (
    <Modal
      opened={isOpen}
      onClose={onClose}
      title={<strong>{t.showroom.keep}</strong>}
      closeButtonProps={{ 'aria-label': t.common.close }}
    >
      <Fields
        version={version}
        first={{ title: '', expected: null, tags: [] }}
        hint={t.showroom.expectedHint(String(said))}
        isPending={keep.isPending}
        onSubmit={(fields) => keep.mutate({ ...fields, inputs }, { onSuccess: onClose })}
        onClose={onClose}
      />
    </Modal>
  )
}

interface EditProps {
  version: Version
  stored: StoredCase | null
  onClose: () => void
}

/** Changes the title, the tags and the right answer of a case that is kept. */
export function EditCase({ version, stored, onClose }: EditProps) {
  const { t } = useText()
  const change = useChangeCase(version.model)
  return (
    <Modal
      opened={stored !== null}
      onClose={onClose}
      title={<strong>{t.showroom.editCase}</strong>}
      closeButtonProps={{ 'aria-label': t.common.close }}
    >
      {stored && (
        <Fields
          version={version}
          first={{
            title: stored.title ?? '',
            expected: (stored.expected ?? null) as Scalar,
            tags: [...(stored.tags ?? [])],
          }}
          hint={t.showroom.whereKnown}
          isPending={change.isPending}
          onSubmit={(fields) => change.mutate({ stored, fields }, { onSuccess: onClose })}
          onClose={onClose}
        />
      )}
    </Modal>
  )
}

interface FieldsProps {
  version: Version
  first: CaseFields
  hint: string
  isPending: boolean
  onSubmit: (fields: CaseFields) => void
  onClose: () => void
}

function Fields({ version, first, hint, isPending, onSubmit, onClose }: FieldsProps) {
  const { t } = useText()
  const [fields, setFields] = useState(first)
  const submit = (event: React.FormEvent) => {
    event.preventDefault()
    onSubmit(fields)
  }
  return (
    <form className={classes.form} onSubmit={submit}>
      <TextInput
        label={t.showroom.caseTitle}
        value={fields.title}
        maxLength={200}
        data-autofocus
        onChange={(event) => setFields({ ...fields, title: event.currentTarget.value })}
      />
      <TruthInput
        version={version}
        label={t.showroom.expectedLabel}
        description={hint}
        value={fields.expected}
        onChange={(expected) => setFields({ ...fields, expected })}
      />
      <TagsInput
        label={t.showroom.tags}
        description={t.showroom.tagsHint}
        value={fields.tags}
        onChange={(tags) => setFields({ ...fields, tags })}
      />
      <div className={classes.buttons}>
        <Button variant="default" onClick={onClose}>
          {t.common.cancel}
        </Button>
        <Button type="submit" loading={isPending}>
          {t.showroom.keepYes}
        </Button>
      </div>
    </form>
  )
}
