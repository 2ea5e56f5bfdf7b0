import {
  autocompletion,
  type Completion,
  closeBrackets,
  closeBracketsKeymap,
  completeFromList,
  completionKeymap,
} from '@codemirror/autocomplete'
import { defaultKeymap, history, historyKeymap } from '@codemirror/commands'
import {
  keywordCompletionSource,
  MySQL,
  PostgreSQL,
  SQLite,
  StandardSQL,
  sql,
} from '@codemirror/lang-sql'
import {
  bracketMatching,
  HighlightStyle,
  indentOnInput,
  syntaxHighlighting,
} from '@codemirror/language'
import { Compartment, type Extension } from '@codemirror/state'
import { drawSelection, EditorView, keymap, lineNumbers } from '@codemirror/view'
import { tags } from '@lezer/highlight'
import { useEffect, useRef } from 'react'
import { BOUND, type Dialect } from './sql'

const DIALECTS = { sqlite: SQLite, mysql: MySQL, postgresql: PostgreSQL, standard: StandardSQL }

const COLOURS = HighlightStyle.define([
  { tag: tags.keyword, color: 'var(--accent)', fontWeight: '600' },
  { tag: [tags.string, tags.special(tags.string)], color: 'var(--good)' },
  { tag: [tags.number, tags.bool, tags.null], color: 'var(--busy)' },
  { tag: [tags.typeName, tags.standard(tags.name)], color: 'var(--warn)' },
  { tag: [tags.comment], color: 'var(--idle)', fontStyle: 'italic' },
])

const LOOK = EditorView.theme({
  '&': { color: 'var(--mantine-color-text)', fontSize: '0.85rem' },
  '&.cm-focused': { outline: 'none' },
  '.cm-scroller': {
    minHeight: '9rem',
    maxHeight: '28rem',
    fontFamily: 'var(--mantine-font-family-monospace)',
    lineHeight: '1.55',
  },
  '.cm-content': { padding: '0.6rem 0', caretColor: 'var(--mantine-color-text)' },
  '.cm-cursor': { borderLeftColor: 'var(--mantine-color-text)' },
  '.cm-gutters': {
    border: 'none',
    background: 'transparent',
    color: 'var(--mantine-color-dimmed)',
  },
  '.cm-lineNumbers .cm-gutterElement': { minWidth: '2.2rem' },
  '&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground':
    { background: 'var(--accent-tint)' },
  '&.cm-focused .cm-matchingBracket': { background: 'var(--accent-tint)' },
  '.cm-tooltip': {
    border: '1px solid var(--border)',
    borderRadius: '0.4rem',
    background: 'var(--surface)',
    color: 'var(--mantine-color-text)',
  },
  '.cm-tooltip.cm-tooltip-autocomplete > ul > li[aria-selected]': {
    background: 'var(--accent-tint)',
    color: 'var(--mantine-color-text)',
  },
  '.cm-completionDetail': { color: 'var(--mantine-color-dimmed)' },
})

export interface SqlEditorProps {
  value: string
  onChange: (value: string) => void
  label: string
  dialect: Dialect
  /** Names that the query is likely to give: the key, and what the model takes. */
  names: readonly string[]
  /** Ctrl+Enter. */
  onRun: () => void
}

function language(dialect: Dialect, names: readonly string[]): Extension {
  const known = DIALECTS[dialect]
  const options: Completion[] = [
    ...names.map((label) => ({ label, type: 'property' })),
    ...BOUND.map((label) => ({ label, type: 'variable' })),
  ]
  return [
    sql({ dialect: known, upperCaseKeywords: true }),
    autocompletion({
      override: [completeFromList(options), keywordCompletionSource(known, true)],
      icons: false,
    }),
  ]
}

/**
 * An editor of SQL. It stands in a shadow of its own: there it styles itself without the <style>
 * elements that the policy of content forbids.
 */
export default function SqlEditor(props: SqlEditorProps) {
  const { value, label, dialect, names } = props
  const host = useRef<HTMLDivElement>(null)
  const view = useRef<EditorView>(null)
  const spoken = useRef(new Compartment())
  const latest = useRef(props)
  latest.current = props

  // biome-ignore lint/correctness/useExhaustiveDependencies: made once; what changes is told below
  useEffect(() => {
    const element = host.current
    if (element === null) return
    const root = element.shadowRoot ?? element.attachShadow({ mode: 'open' })
    const made = new EditorView({
      doc: value,
      root,
      parent: root,
      extensions: [
        lineNumbers(),
        history(),
        drawSelection(),
        bracketMatching(),
        closeBrackets(),
        indentOnInput(),
        syntaxHighlighting(COLOURS),
        EditorView.lineWrapping,
        EditorView.contentAttributes.of({ 'aria-label': label, 'aria-required': 'true' }),
        spoken.current.of(language(dialect, names)),
        LOOK,
        keymap.of([
          {
            key: 'Mod-Enter',
            run: () => {
              latest.current.onRun()
              return true
            },
          },
          ...closeBracketsKeymap,
          ...defaultKeymap,
          ...historyKeymap,
          ...completionKeymap,
        ]),
        EditorView.updateListener.of((update) => {
          if (update.docChanged) latest.current.onChange(update.state.doc.toString())
        }),
      ],
    })
    view.current = made
    return () => made.destroy()
  }, [])

  useEffect(() => {
    const there = view.current?.state.doc.toString()
    if (there === undefined || there === value) return
    view.current?.dispatch({ changes: { from: 0, to: there.length, insert: value } })
  }, [value])

  useEffect(() => {
    view.current?.dispatch({ effects: spoken.current.reconfigure(language(dialect, names)) })
  }, [dialect, names])

  return <div ref={host} />
}
