import type { Schemas } from '@/shared/api/client'

/** How long a token lasts, as the form offers it: days, until a day, or until it is revoked. */
export const LASTS = ['30', '90', '365', 'day', 'ever'] as const
export type Lasts = (typeof LASTS)[number]

export interface Draft {
  name: string
  role: Schemas['Role']
  scope: Schemas['TokenScope']
  models: string[]
  lasts: Lasts
  /** The last day, `YYYY-MM-DD`, where `lasts` is `day`. */
  day: string
}

export const EMPTY: Draft = {
  name: '',
  role: 'viewer',
  scope: 'all',
  models: [],
  lasts: '90',
  day: '',
}

const DAY_MS = 86_400_000

/** Return when the token ends; null: when it is revoked. A day ends at the browser's midnight. */
export function endOf({ lasts, day }: Draft, now: number): string | null {
  if (lasts === 'ever') return null
  if (lasts !== 'day') return new Date(now + Number(lasts) * DAY_MS).toISOString()
  const [year = 0, month = 1, date = 1] = day.split('-').map(Number)
  return new Date(year, month - 1, date + 1).toISOString()
}

/** Return what the form says, as the service takes it: predictions need the role operator. */
export function tokenOf(draft: Draft, now: number): Schemas['NewToken'] {
  const isForPredictions = draft.scope === 'predict'
  return {
    name: draft.name.trim(),
    role: isForPredictions && draft.role === 'viewer' ? 'operator' : draft.role,
    scope: draft.scope,
    models: isForPredictions ? draft.models : [],
    expires_at: endOf(draft, now),
  }
}
