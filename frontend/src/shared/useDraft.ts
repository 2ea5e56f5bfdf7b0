import { useState } from 'react'

/** What somebody edits and has not saved yet, and what changes some of it. */
export function useDraft<Draft>(first: () => Draft): [Draft, (some: Partial<Draft>) => void] {
  const [draft, setDraft] = useState(first)
  return [draft, (some) => setDraft((before) => ({ ...before, ...some }))]
}
