import { Button, SegmentedControl } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import { type FormEvent, useState } from 'react'
import { asProblem } from '@/shared/api/problem'
import { useText } from '@/shared/i18n'
import { ErrorPanel } from '@/shared/ui/ErrorPanel'
import { useTell } from '@/shared/ui/toasts'
import { type Draft, documentOf, draftOf, type Json, startOf } from './draft'
import { type Overview, useSave } from './queries'
import { ScheduleForm } from './ScheduleForm'
import classes from './ScheduleForm.module.css'
import { YamlView } from './YamlView'
import type { Fault } from './yaml'

const VIEWS = ['form', 'yaml'] as const
const NONE: readonly Fault[] = []

/** The editor of a schedule: a form and a text are two views of one document. */
export function ScheduleEditor({ there }: { there: Overview | undefined }) {
  const { t } = useText()
  const editor = useEditor(there)
  return (
    <form className={classes.form} onSubmit={editor.submit}>
      <SegmentedControl
        aria-label={t.schedules.editedAs}
        className={classes.views}
        data={VIEWS.map((value) => ({ value, label: t.schedules.views[value] }))}
        value={editor.text === null ? 'form' : 'yaml'}
        onChange={(value) => void (value === 'yaml' ? editor.toText() : editor.toForm())}
      />
      {editor.text === null ? (
        <ScheduleForm draft={editor.draft} change={editor.change} there={there} />
      ) : (
        <YamlView text={editor.text} onChange={editor.setText} faults={editor.faults} />
      )}
      {editor.error !== null && <ErrorPanel error={editor.error} />}
      <div className={classes.buttons}>
        <Cancel there={there} />
        <Button type="submit" loading={editor.isSaving}>
          {t.schedules.save}
        </Button>
      </div>
    </form>
  )
}

function Cancel({ there }: { there: Overview | undefined }) {
  const { t } = useText()
  return (
    <Button
      variant="default"
      renderRoot={(props) =>
        there ? (
          <Link to="/schedules/$name" params={{ name: there.name }} {...props} />
        ) : (
          <Link to="/schedules" {...props} />
        )
      }
    >
      {t.common.cancel}
    </Button>
  )
}

/** What is edited, by which view, and what is wrong with it. */
function useEditor(there: Overview | undefined) {
  const { t } = useText()
  const tell = useTell()
  const [before, setBefore] = useState<Json | undefined>(there?.spec ?? undefined)
  const [draft, setDraft] = useState(() => draftOf(there?.spec ?? undefined))
  const [text, setText] = useState<string | null>(null)
  const [faults, setFaults] = useState(NONE)
  const save = useSave(there)

  /** Return the document as it stands; null: the text is none, which is told beside it. */
  const document = async (): Promise<Json | null> => {
    if (text === null) return documentOf(draft, before)
    const { FaultyText, read } = await import('./yaml')
    try {
      return read(text, t.schedules)
    } catch (error) {
      if (!(error instanceof FaultyText)) throw error
      setFaults(error.faults)
      return null
    }
  }
  const refused = async (error: unknown): Promise<void> => {
    if (text === null) return
    const { faultsOf } = await import('./yaml')
    setFaults(faultsOf(asProblem(error), text))
  }
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault()
    setFaults(NONE)
    const whole = await document()
    if (whole) save.mutate(whole, { onError: (error) => void refused(error) })
  }
  const toText = async (): Promise<void> => {
    const { written } = await import('./yaml')
    save.reset()
    setText(written(documentOf(draft, before)))
  }
  const toForm = async (): Promise<void> => {
    const whole = await document()
    if (whole === null) return
    save.reset()
    setFaults(NONE)
    setBefore(whole)
    setDraft(draftOf(startOf(whole)))
    setText(null)
  }
  return {
    draft,
    text,
    faults,
    submit,
    toText: () => toText().catch(tell.failed),
    toForm: () => toForm().catch(tell.failed),
    change: (some: Partial<Draft>) => setDraft((now) => ({ ...now, ...some })),
    setText: (now: string) => {
      setText(now)
      setFaults(NONE)
    },
    isSaving: save.isPending,
    // Of a text, what is wrong is told at its place.
    error: save.isError && faults.length === 0 ? save.error : null,
  }
}
