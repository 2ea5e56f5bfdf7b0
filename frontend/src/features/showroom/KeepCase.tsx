import { Button, Modal, Select, TagsInput, TextInput } from '@mantine/core'
import { useState } from 'react'
import { useText } from '@/shared/i18n'
import classes from './KeepCase.module.css'
import { useKeepCase } from './queries'
import type { Case, Prediction, Version } from './types'

interface Props {
  version: Version
  inputs: Case
  answered: Prediction | undefined
  isOpen: boolean
  onClose: () => void
}

/** Keeps the case of the form, with a title and, where it is known, the right answer. */
export function KeepCase({ version, inputs, answered, isOpen, onClose }: Props) {
  const { t } = useText()
  return (
    <Modal
      opened={isOpen}
      onClose={onClose}
      title={<strong>{t.showroom.keep}</strong>}
      closeButtonProps={{ 'aria-label': t.common.close }}
    >
      <Form version={version} inputs={inputs} answered={answered} onClose={onClose} />
    </Modal>
  )
}

function Form({ version, inputs, answered, onClose }: Omit<Props, 'isOpen'>) {
  const { t } = useText()
  const [title, setTitle] = useState('')
  const [expected, setExpected] = useState<string | null>(null)
  const [tags, setTags] = useState<string[]>([])
  const keep = useKeepCase(version.model)
  const labels = (version.signature.outputs.classes ?? []).map(String)
  const submit = (event: React.FormEvent) => {
    event.preventDefault()
    keep.mutate(
      { title, expected: expected === '' ? null : expected, tags, inputs },
      { onSuccess: onClose },
    )
  }
  return (
    <form className={classes.form} onSubmit={submit}>
      <TextInput
        label={t.showroom.caseTitle}
        value={title}
        maxLength={200}
        data-autofocus
        onChange={(event) => setTitle(event.currentTarget.value)}
      />
      {labels.length > 0 && (
        <Select
          label={t.showroom.expectedLabel}
          description={t.showroom.expectedHint(String(answered?.label ?? ''))}
          data={labels}
          value={expected}
          clearable
          onChange={setExpected}
        />
      )}
      <TagsInput label={t.showroom.tags} value={tags} onChange={setTags} />
      <div className={classes.buttons}>
        <Button variant="default" onClick={onClose}>
          {t.common.cancel}
        </Button>
        <Button type="submit" loading={keep.isPending}>
          {t.showroom.keepYes}
        </Button>
      </div>
    </form>
  )
}
