import type { Schemas } from '@/shared/api/client'
import type { Text } from '@/shared/i18n'
import type { Bar } from '@/shared/ui/Bars'
import { lookOf, type StateName } from '@/shared/ui/state'

type Ran = Schemas['Ran']
type Last = Schemas['LastDispatch']
const MOST = 20

/** Return a schedule's runs with the newest one, of which the feed hears first. */
export function withLast(ran: readonly Ran[], last: Last | null | undefined): Ran[] {
  if (!last) return [...ran]
  const newest = { started_at: null, finished_at: null, rows: 0, ...last }
  const known = ran.find((one) => one.id === last.id)
  const others = ran.filter((one) => one.id !== last.id)
  // Its duration is known once it is read anew.
  return [...others, { ...newest, ...known, state: last.state }].slice(-MOST)
}

/** Return how long a run took, in seconds; null: it has not ended, or never began. */
export function secondsOf(one: Pick<Ran, 'started_at' | 'finished_at'>): number | null {
  if (!one.started_at || !one.finished_at) return null
  return (Date.parse(one.finished_at) - Date.parse(one.started_at)) / 1000
}

/** Return runs as bars: the colour is the state, the height the part of the longest one's time. */
export function runBars(ran: readonly Ran[], { t, short, took }: Text): Bar[] {
  const longest = Math.max(...ran.map((one) => secondsOf(one) ?? 0), Number.EPSILON)
  return ran.map((one) => {
    const seconds = secondsOf(one)
    const words = t.monitor.ran(one.id, t.states[one.state as StateName], short(one.slot))
    return {
      key: one.id,
      tone: lookOf(one.state).tone,
      height: seconds === null ? 1 : seconds / longest,
      title: seconds === null ? words : `${words}, ${took(seconds)}`,
    }
  })
}
