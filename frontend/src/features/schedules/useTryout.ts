import { useState } from 'react'
import { bodyOf, type Draft, timesOf } from './draft'
import { type Overview, type TryoutRequest, useTry } from './queries'

export const ROWS = 20

/** What is asked of the service for a draft. */
export function askedOf(draft: Draft, there: Overview | undefined, slot: string): TryoutRequest {
  const spec = there?.spec ?? undefined
  const { model, version, collect } = bodyOf(draft, spec)
  return {
    ...timesOf(draft, spec),
    name: there?.name ?? null,
    model,
    version,
    collect,
    parameters: spec?.parameters ?? {},
    slot: slot || null,
    rows: ROWS,
  } as TryoutRequest
}

/** A draft's tryout: for which slot, what came of it, and whether the draft is another one since. */
export function useTryout(draft: Draft, there: Overview | undefined) {
  const [slot, setSlot] = useState('')
  const attempt = useTry()
  const asked = askedOf(draft, there, slot)
  const { collect, model } = asked
  return {
    slot,
    setSlot,
    attempt,
    isReady: Boolean(model && collect.source && collect.key && collect.query.trim()),
    isOld: attempt.variables !== undefined && !isSame(attempt.variables, asked),
    run: () => attempt.mutate(asked),
  }
}

export type Trying = ReturnType<typeof useTryout>

function isSame(one: TryoutRequest, other: TryoutRequest): boolean {
  return JSON.stringify(one) === JSON.stringify(other)
}
