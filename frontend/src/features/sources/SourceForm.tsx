// biome-ignore-all lint/suspicious/noTemplateCurlyInString: `${NAME}` is how a connection takes a variable

import { Textarea, TextInput } from '@mantine/core'
import { useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import { useText } from '@/shared/i18n'
import { FormModal } from '@/shared/ui/FormModal'
import { type Source, useSaveSource } from './queries'

interface Props {
  there: Source | undefined
  onClose: () => void
}

/** A source to add or to change. The connection that is kept is not shown: another one replaces it. */
export function SourceForm({ there, onClose }: Props) {
  const { t } = useText()
  const navigate = useNavigate()
  const [name, setName] = useState(there?.name ?? '')
  const [connection, setConnection] = useState('')
  const [description, setDescription] = useState(there?.description ?? '')
  const save = useSaveSource(there)
  const done = (saved: Source) => {
    onClose()
    void navigate({ to: '/sources/$name', params: { name: saved.name } })
  }
  return (
    <FormModal
      opened
      onClose={onClose}
      size="lg"
      title={there ? t.sources.editTitle(there.name) : t.sources.add}
      send={t.common.save}
      onSend={() =>
        save.mutate({ name: name.trim(), connection, description }, { onSuccess: done })
      }
      isPending={save.isPending}
      error={save.error}
    >
      {!there && (
        <TextInput
          label={t.common.name}
          required
          data-autofocus
          spellCheck={false}
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
        />
      )}
      <Textarea
        label={t.sources.connection}
        description={there ? t.sources.connectionKept : t.sources.connectionHint}
        placeholder="mysql+pymysql://reader:${SALES_PASSWORD}@db.example.org/sales"
        required={!there}
        autosize
        minRows={2}
        maxRows={6}
        spellCheck={false}
        autoComplete="off"
        styles={{ input: { fontFamily: 'var(--mantine-font-family-monospace)' } }}
        value={connection}
        onChange={(event) => setConnection(event.currentTarget.value)}
      />
      <TextInput
        label={t.common.description}
        value={description}
        onChange={(event) => setDescription(event.currentTarget.value)}
      />
    </FormModal>
  )
}
