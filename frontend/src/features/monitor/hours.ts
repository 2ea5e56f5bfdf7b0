import type { Schemas } from '@/shared/api/client'
import type { Text } from '@/shared/i18n'
import type { Bar } from '@/shared/ui/Bars'
import type { Tone } from '@/shared/ui/state'
import type { CheckCard } from './document'

type Rollup = Schemas['Rollup']
type Point = Schemas['Point']

const HOUR = 3_600_000
const HOURS = 24
const LOOKS = 40
/** A bar of an hour that was mostly bad is still to be seen as one. */
const LEAST = 0.3

function toneOf(hour: Rollup): Tone {
  if (typeof hour.uptime !== 'number') return 'idle'
  if (hour.down > 0) return hour.uptime > 0.5 ? 'warn' : 'bad'
  return hour.degraded > 0 ? 'warn' : 'good'
}

/** Return 24 bars up to the hour that began at `last`: full where all was well. */
export function hourBars(
  hours: readonly Rollup[],
  last: number,
  { t, short, percent }: Text,
): Bar[] {
  const found = new Map(hours.map((hour) => [Date.parse(hour.start), hour]))
  return Array.from({ length: HOURS }, (_, i) => {
    const at = last - (HOURS - 1 - i) * HOUR
    const hour = found.get(at)
    const start = short(new Date(at).toISOString())
    if (hour === undefined || typeof hour.uptime !== 'number') {
      return { key: at, tone: 'idle', height: LEAST, title: t.monitor.hourNothing(start) }
    }
    return {
      key: at,
      tone: toneOf(hour),
      height: LEAST + (1 - LEAST) * hour.uptime,
      title: t.monitor.hour(start, percent(hour.uptime, 0), hour.looks),
    }
  })
}

/** Return how long the newest looks took, the last one as the feed has heard of it. */
export function latencies(
  looks: readonly Point[],
  card: Pick<CheckCard, 'at' | 'seconds'>,
): number[] {
  const seconds = looks.map((look) => look.seconds)
  const newest = looks.at(-1)
  const isNews = card.at && (!newest || Date.parse(card.at) > Date.parse(newest.at))
  if (isNews && typeof card.seconds === 'number') seconds.push(card.seconds)
  return seconds.slice(-LOOKS)
}
