import type { Schemas } from '@/shared/api/client'

export type MonitorDocument = Schemas['MonitorDocument']
export type CheckCard = Schemas['CheckCard']
export type ScheduleCard = Schemas['ScheduleCard']

/** What an event `changes` of the stream holds: tiles that changed, whole, and all the rest. */
export interface Changes {
  checks: CheckCard[]
  schedules: ScheduleCard[]
  gone: { noun: 'checks' | 'schedules'; name: string }[]
  rest: Omit<MonitorDocument, 'checks' | 'schedules'>
}

const byName = (a: { name: string }, b: { name: string }): number =>
  a.name < b.name ? -1 : a.name > b.name ? 1 : 0

function merged<Card extends { name: string }>(
  before: readonly Card[],
  changed: readonly Card[],
  gone: ReadonlySet<string>,
): Card[] {
  const cards = new Map(before.map((card) => [card.name, card]))
  for (const name of gone) cards.delete(name)
  for (const card of changed) cards.set(card.name, card)
  return [...cards.values()].sort(byName)
}

/** Return the document after changes. Tiles that did not change stay the same objects. */
export function withChanges(document: MonitorDocument, changes: Changes): MonitorDocument {
  const gone = (noun: string) =>
    new Set(changes.gone.filter((one) => one.noun === noun).map((one) => one.name))
  const checks = merged(allChecks(document), changes.checks, gone('checks'))
  return {
    ...changes.rest,
    checks: byKind(checks),
    schedules: merged(document.schedules, changes.schedules, gone('schedules')),
  }
}

function byKind(checks: readonly CheckCard[]): MonitorDocument['checks'] {
  const found: Record<string, CheckCard[]> = {}
  for (const card of checks) {
    found[card.kind] ??= []
    found[card.kind]?.push(card)
  }
  return found
}

export function allChecks(document: Pick<MonitorDocument, 'checks'>): CheckCard[] {
  return Object.values(document.checks).flat()
}

/** Kinds in the order in which they are shown: the outer world first. */
const KINDS = ['host', 'database', 'http', 'schedule', 'disk', 'service']
const GRAVITY: Record<string, number> = { down: 0, degraded: 1, unknown: 2, paused: 4 }

/** Return tiles with those first that want to be seen. */
export function gravest(cards: readonly CheckCard[]): CheckCard[] {
  const gravity = (card: CheckCard) => GRAVITY[card.state] ?? 3
  const kind = (card: CheckCard) => KINDS.indexOf(card.kind)
  return [...cards].sort((a, b) => gravity(a) - gravity(b) || kind(a) - kind(b) || byName(a, b))
}

export function isTrouble(card: CheckCard): boolean {
  return card.state === 'down' || card.state === 'degraded' || card.state === 'unknown'
}

/** Whether it is a part of Disparo itself. */
export function isOwn(card: CheckCard): boolean {
  return card.kind === 'service'
}
