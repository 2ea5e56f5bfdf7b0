import { closeBrackets, closeBracketsKeymap, completionKeymap } from '@codemirror/autocomplete'
import { defaultKeymap, history, historyKeymap } from '@codemirror/commands'
import {
  bracketMatching,
  HighlightStyle,
  indentOnInput,
  syntaxHighlighting,
} from '@codemirror/language'
import { Compartment, type Extension, StateEffect, StateField } from '@codemirror/state'
import {
  Decoration,
  type DecorationSet,
  drawSelection,
  EditorView,
  keymap,
  lineNumbers,
} from '@codemirror/view'
import { tags } from '@lezer/highlight'
import { useEffect, useLayoutEffect, useRef } from 'react'

const COLOURS = HighlightStyle.define([
  {
    tag: [tags.keyword, tags.propertyName, tags.definition(tags.propertyName)],
    color: 'var(--accent)',
    fontWeight: '600',
  },
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
  '.cm-faulty': { background: 'var(--bad-tint)' },
  '.cm-completionDetail': { color: 'var(--mantine-color-dimmed)' },
})

const FAULTY = Decoration.line({ class: 'cm-faulty' })
const setMarked = StateEffect.define<readonly number[]>()

/** The marked lines, which move with the text as it is edited. */
const MARKED = StateField.define<DecorationSet>({
  create: () => Decoration.none,
  update: (marks, { changes, effects }) =>
    effects.reduce(
      (now, effect) =>
        effect.is(setMarked) ? Decoration.set(effect.value.map((at) => FAULTY.range(at))) : now,
      marks.map(changes),
    ),
  provide: (field) => EditorView.decorations.from(field),
})

export interface CodeEditorProps {
  value: string
  onChange: (value: string) => void
  label: string
  /** What it is written in: held by who draws this, since it is told anew when it is another one. */
  language: Extension
  /** Ctrl+Enter. */
  onRun?: () => void
  /** The lines, from 1, in which something is wrong; the first is brought into view. */
  faulty?: readonly number[]
}

const NONE: readonly number[] = []

/**
 * An editor of code. It stands in a shadow of its own: there it styles itself without the <style>
 * elements that the policy of content forbids.
 */
export function CodeEditor(props: CodeEditorProps) {
  const { value, label, language, faulty = NONE } = props
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
        EditorView.contentAttributes.of({
          'aria-label': label,
          'aria-required': 'true',
          // It is reached by the keyboard anyway; said so, what scrolls is known to be reached too.
          tabindex: '0',
        }),
        spoken.current.of(language),
        MARKED,
        LOOK,
        keymap.of([
          {
            key: 'Mod-Enter',
            run: () => {
              latest.current.onRun?.()
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

  // Before anything else can be typed: in a later effect `value` may be older than what stands there.
  useLayoutEffect(() => {
    const there = view.current?.state.doc.toString()
    if (there === undefined || there === value) return
    view.current?.dispatch({ changes: { from: 0, to: there.length, insert: value } })
  }, [value])

  useEffect(() => {
    view.current?.dispatch({ effects: spoken.current.reconfigure(language) })
  }, [language])

  useEffect(() => {
    if (view.current) mark(view.current, faulty)
  }, [faulty])

  return <div ref={host} />
}

/** Mark lines, and bring the first of them into view. */
function mark(view: EditorView, lines: readonly number[]): void {
  const { doc } = view.state
  const starts = [...new Set(lines)]
    .filter((line) => line >= 1 && line <= doc.lines)
    .sort((one, other) => one - other)
    .map((line) => doc.line(line).from)
  const effects: StateEffect<unknown>[] = [setMarked.of(starts)]
  if (starts[0] !== undefined) effects.push(EditorView.scrollIntoView(starts[0]))
  view.dispatch({ effects })
}
