import { Textarea } from '@mantine/core'
import { useState } from 'react'
import { useText } from '@/shared/i18n'
import { readPasted } from './paste'
import type { Case, Input } from './types'

const MOST = 1000

interface Props {
  inputs: readonly Input[]
  onCases: (cases: Case[]) => void
}

/** Cases as they lie on the clipboard: JSON, or a table with a header. */
export function PasteForm({ inputs, onCases }: Props) {
  const { t } = useText()
  const [text, setText] = useState('')
  const read = text === '' ? null : readPasted(text, inputs)
  const take = (pasted: string) => {
    setText(pasted)
    const found = readPasted(pasted, inputs)
    if (found.fault === undefined) onCases(found.cases.slice(0, MOST))
  }
  const fault = read?.fault && t.showroom.pasteFaults[read.fault.kind](read.fault.detail)
  const ignored = read?.fault === undefined && read?.ignored.length ? read.ignored : null
  return (
    <Textarea
      label={t.showroom.pasteLabel}
      description={ignored ? t.showroom.ignored(ignored.join(', ')) : t.showroom.pasteHint}
      placeholder={inputs.map((input) => input.name).join(',')}
      error={fault}
      autosize
      minRows={8}
      maxRows={20}
      spellCheck={false}
      styles={{ input: { fontFamily: 'var(--mantine-font-family-monospace)' } }}
      value={text}
      onChange={(event) => take(event.currentTarget.value)}
    />
  )
}
