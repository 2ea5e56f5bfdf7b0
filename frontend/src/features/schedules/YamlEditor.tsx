import { yaml } from '@codemirror/lang-yaml'
import { CodeEditor, type CodeEditorProps } from '@/shared/editor/CodeEditor'

const YAML = yaml()

/** An editor of YAML. */
export default function YamlEditor(editor: Omit<CodeEditorProps, 'language'>) {
  return <CodeEditor {...editor} language={YAML} />
}
