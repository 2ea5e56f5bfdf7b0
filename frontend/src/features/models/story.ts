import type { Schemas } from '@/shared/api/client'

type Event = Schemas['Event']

function numberOf(event: Event): number | undefined {
  const { version } = event.detail as { version?: number }
  return version
}

/** Return the versions that were live, one after the other; the first one is so by itself. */
export function livesOf(events: readonly Event[]): number[] {
  const lives: number[] = []
  for (const event of events) {
    const number = numberOf(event)
    const isFirst = event.name === 'registered' && lives.length === 0
    if (number === undefined || !(isFirst || event.name === 'promoted')) continue
    if (lives.at(-1) !== number) lives.push(number)
  }
  return lives
}

/** Return the version that was live before the present one: the way back. */
export function previousOf(
  events: readonly Event[],
  live: number | null | undefined,
): number | undefined {
  return livesOf(events).findLast((one) => one !== live)
}

/** Return who registered each version, by its number. */
export function registrarsOf(events: readonly Event[]): Map<number, string> {
  const registered = events.filter((event) => event.name === 'registered')
  return new Map(registered.map((event) => [numberOf(event) ?? 0, event.actor]))
}

/** What a refused or forced promotion says of the cases. */
export interface Faults {
  failed?: number
  cases?: { case: number; title: string; reason: string }[]
  forced?: boolean
}

export type Told =
  | { kind: 'registered' | 'promoted' | 'refused' | 'retired'; version: number; faults: Faults }
  | { kind: 'other'; name: string; detail: unknown }

const KINDS = {
  registered: 'registered',
  promoted: 'promoted',
  'promotion refused': 'refused',
  retired: 'retired',
} as const

/** Return what an event tells, as far as the page has words for it. */
export function toldBy(event: Event): Told {
  const kind = KINDS[event.name as keyof typeof KINDS]
  const version = numberOf(event)
  if (kind === undefined || version === undefined) {
    return { kind: 'other', name: event.name, detail: event.detail }
  }
  return { kind, version, faults: event.detail as Faults }
}
