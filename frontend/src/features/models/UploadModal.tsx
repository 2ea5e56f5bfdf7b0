import { Button, FileInput, Modal, Progress, Select, TextInput } from '@mantine/core'
import { useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import { asProblem } from '@/shared/api/problem'
import { useText } from '@/shared/i18n'
import { ErrorPanel } from '@/shared/ui/ErrorPanel'
import { useTell } from '@/shared/ui/toasts'
import { useUpload } from './actions'
import { faultOf, NAME, runtimeOf } from './files'
import classes from './UploadModal.module.css'

interface Props {
  /** The model whose new version it is; a new model, where it is left out. */
  model?: string
  isOpen: boolean
  onClose: () => void
}

/** Takes a file to be a new version, or the first version of a new model. */
export function UploadModal({ model, isOpen, onClose }: Props) {
  const { t } = useText()
  return (
    <Modal
      opened={isOpen}
      onClose={onClose}
      size="lg"
      title={<strong>{model ? t.models.uploadVersion(model) : t.models.uploadModel}</strong>}
      closeButtonProps={{ 'aria-label': t.common.close }}
    >
      <Form model={model} onClose={onClose} />
    </Modal>
  )
}

function Form({ model, onClose }: Omit<Props, 'isOpen'>) {
  const { t, number } = useText()
  const tell = useTell()
  const navigate = useNavigate()
  const [name, setName] = useState(model ?? '')
  const [file, setFile] = useState<File | null>(null)
  const [sample, setSample] = useState<File | null>(null)
  const [chosen, setChosen] = useState<string | null>(null)
  const { upload, part, cancel } = useUpload()
  const fault = file && faultOf(file.name)
  const isReady = NAME.test(name) && file !== null && fault !== 'code'
  const runtime = file && runtimeOf(file.name)
  const submit = (event: React.FormEvent) => {
    event.preventDefault()
    if (!isReady || file === null) return
    upload.mutate(
      { name, file, sample, runtime: runtime ? null : chosen },
      {
        onSuccess: (version) => {
          tell.done(t.models.uploaded(name, version.number))
          onClose()
          if (!model) void navigate({ to: '/models/$name', params: { name } })
        },
      },
    )
  }
  const size = (one: File | null) => (one ? `${number(one.size / 1000)} kB` : undefined)
  return (
    <form className={classes.form} onSubmit={submit}>
      {!model && (
        <TextInput
          label={t.models.name}
          description={t.models.nameHint}
          error={name !== '' && !NAME.test(name) && t.models.nameFault}
          value={name}
          maxLength={100}
          required
          data-autofocus
          onChange={(event) => setName(event.currentTarget.value)}
        />
      )}
      <FileInput
        label={t.models.modelFile}
        description={size(file) ?? t.models.modelFileHint}
        placeholder={t.models.chooseFile}
        error={fault && t.models.fileFaults[fault](name || 'NAME', file.name)}
        value={file}
        required
        clearable
        clearButtonProps={{ 'aria-label': t.models.clear }}
        onChange={setFile}
      />
      {fault === 'unknown' && (
        <Select
          label={t.models.runtime}
          data={['skops', 'onnx']}
          value={chosen}
          required
          onChange={setChosen}
        />
      )}
      <FileInput
        label={t.models.sampleFile}
        description={size(sample) ?? t.models.sampleHint}
        placeholder={t.models.chooseFile}
        accept=".csv,.parquet"
        value={sample}
        clearable
        clearButtonProps={{ 'aria-label': t.models.clear }}
        onChange={setSample}
      />
      {upload.isPending && (
        <div role="status" className={classes.progress}>
          <Progress
            value={part * 100}
            animated={part >= 1}
            aria-label={t.models.sending(Math.round(part * 100))}
          />
          <span>{part < 1 ? t.models.sending(Math.round(part * 100)) : t.models.inspected}</span>
        </div>
      )}
      {upload.isError && asProblem(upload.error).status !== 0 && (
        <ErrorPanel error={upload.error} />
      )}
      <div className={classes.buttons}>
        <Button variant="default" onClick={upload.isPending ? cancel : onClose}>
          {t.common.cancel}
        </Button>
        <Button type="submit" disabled={!isReady} loading={upload.isPending}>
          {t.models.upload}
        </Button>
      </div>
    </form>
  )
}
