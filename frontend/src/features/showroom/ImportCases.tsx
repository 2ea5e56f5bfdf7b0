import { Button, FileInput, Modal, Switch, TagsInput, TextInput } from '@mantine/core'
import { useState } from 'react'
import { useText } from '@/shared/i18n'
import { ErrorPanel } from '@/shared/ui/ErrorPanel'
import { useTell } from '@/shared/ui/toasts'
import { type Import, useImportCases } from './cases'
import classes from './KeepCase.module.css'

interface Props {
  model: string
  isOpen: boolean
  onClose: () => void
}

/** Takes a file whose rows become cases: all of them or none, each fault named by its row. */
export function ImportCases({ model, isOpen, onClose }: Props) {
  const { t } = useText()
  return (
    <Modal
      opened={isOpen}
      onClose={onClose}
      title={<strong>{t.showroom.importCases}</strong>}
      closeButtonProps={{ 'aria-label': t.common.close }}
    >
      <Form model={model} onClose={onClose} />
    </Modal>
  )
}

const EMPTY = { expected: '', title: '', tags: [] as string[], skipKnown: true }

function Form({ model, onClose }: Omit<Props, 'isOpen'>) {
  const { t } = useText()
  const tell = useTell()
  const [file, setFile] = useState<File | null>(null)
  const [asked, setAsked] = useState<Omit<Import, 'file'>>(EMPTY)
  const imported = useImportCases(model)
  const submit = (event: React.FormEvent) => {
    event.preventDefault()
    if (file === null) return
    imported.mutate(
      { file, ...asked },
      {
        onSuccess: ({ added, known }) => {
          tell.done(t.showroom.imported(added.length, known))
          onClose()
        },
      },
    )
  }
  return (
    <form className={classes.form} onSubmit={submit}>
      <FileInput
        label={t.showroom.importFile}
        description={t.showroom.importHint}
        placeholder={t.models.chooseFile}
        accept=".csv,.jsonl,.ndjson"
        value={file}
        required
        onChange={setFile}
      />
      <TextInput
        label={t.showroom.expectedColumn}
        description={t.showroom.columnHint}
        value={asked.expected}
        onChange={(event) => setAsked({ ...asked, expected: event.currentTarget.value })}
      />
      <TextInput
        label={t.showroom.titleColumn}
        value={asked.title}
        onChange={(event) => setAsked({ ...asked, title: event.currentTarget.value })}
      />
      <TagsInput
        label={t.showroom.tagsForAll}
        value={asked.tags}
        onChange={(tags) => setAsked({ ...asked, tags })}
      />
      <Switch
        label={t.showroom.skipKnown}
        checked={asked.skipKnown}
        onChange={(event) => setAsked({ ...asked, skipKnown: event.currentTarget.checked })}
      />
      {imported.isError && <ErrorPanel error={imported.error} />}
      <div className={classes.buttons}>
        <Button variant="default" onClick={onClose}>
          {t.common.cancel}
        </Button>
        <Button type="submit" disabled={file === null} loading={imported.isPending}>
          {t.showroom.import}
        </Button>
      </div>
    </form>
  )
}
