import { autocompletion, type Completion, completeFromList } from '@codemirror/autocomplete'
import {
  keywordCompletionSource,
  MySQL,
  PostgreSQL,
  SQLite,
  StandardSQL,
  sql,
} from '@codemirror/lang-sql'
import type { Extension } from '@codemirror/state'
import { useMemo } from 'react'
import { CodeEditor } from '@/shared/editor/CodeEditor'
import { BOUND, type Dialect } from './sql'

const DIALECTS = { sqlite: SQLite, mysql: MySQL, postgresql: PostgreSQL, standard: StandardSQL }

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

/** An editor of SQL, which knows what the query is likely to name. */
export default function SqlEditor({ dialect, names, ...editor }: SqlEditorProps) {
  const spoken = useMemo(() => language(dialect, names), [dialect, names])
  return <CodeEditor {...editor} language={spoken} />
}
