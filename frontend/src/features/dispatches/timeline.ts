import type { Brief } from './queries'

export const SPANS = ['hour', 'day', 'week'] as const
export type Span = (typeof SPANS)[number]
const HOUR = 3_600_000
/** How long each is, and the ticks of its scale: all in milliseconds. */
export const LENGTHS: Record<Span, { length: number; tick: number }> = {
  hour: { length: HOUR, tick: HOUR / 6 },
  day: { length: 24 * HOUR, tick: 3 * HOUR },
  week: { length: 7 * 24 * HOUR, tick: 24 * HOUR },
}

/** A bar: one dispatch, or several of one state that are too near to be told apart. */
export interface Bar {
  /** Parts of the stretch, from 0 to 1. */
  left: number
  width: number
  /** The row in its lane: those that run at once are in several. */
  row: number
  runs: Brief[]
}

export interface Lane {
  schedule: string
  rows: number
  bars: Bar[]
}

/** Below this part of the stretch, some pixels, a bar is not seen as one of its own. */
const LEAST = 1 / 160
const MOST_ROWS = 8

interface Placed extends Bar {
  /** Where what it stands for ends; it may be drawn wider. */
  end: number
  isSmall: boolean
}

interface Ran {
  run: Brief
  from: number
  to: number
}

/** Return the lanes of a stretch of time, by the name of the schedule. */
export function lanesOf(runs: readonly Brief[], since: number, until: number, now: number): Lane[] {
  const bySchedule = new Map<string, Brief[]>()
  for (const run of runs) {
    const there = bySchedule.get(run.schedule)
    if (there) there.push(run)
    else bySchedule.set(run.schedule, [run])
  }
  const lanes = [...bySchedule].map(([schedule, ran]) => laneOf(schedule, ran, since, until, now))
  return lanes.sort((one, other) => one.schedule.localeCompare(other.schedule))
}

function laneOf(
  schedule: string,
  runs: readonly Brief[],
  since: number,
  until: number,
  now: number,
): Lane {
  const length = until - since
  const part = (at: number) => Math.min(1, Math.max(0, (at - since) / length))
  const ran = runs
    .map((run) => ({
      run,
      from: part(Date.parse(run.started_at ?? run.created_at)),
      to: part(run.finished_at ? Date.parse(run.finished_at) : now),
    }))
    .sort((one, other) => one.from - other.from)
  const rows: Placed[][] = []
  for (const one of ran) place(one, rows)
  return { schedule, rows: Math.max(1, rows.length), bars: rows.flat() }
}

/** Put a run into the first row in which nothing else is drawn at its time. */
function place({ run, from, to }: Ran, rows: Placed[][]): void {
  const width = Math.max(LEAST, to - from)
  for (const [row, bars] of rows.entries()) {
    const last = bars.at(-1)
    if (last && from >= last.end && to - from < LEAST && isJoined(last, run, from)) {
      last.runs.push(run)
      last.width = Math.max(last.width, from + width - last.left)
      last.end = to
    } else if (last && from < last.left + last.width && row < MOST_ROWS - 1) {
      continue
    } else {
      bars.push({ left: from, width, row, runs: [run], end: to, isSmall: to - from < LEAST })
    }
    return
  }
  rows.push([])
  place({ run, from, to }, rows)
}

/** Whether a small one is to be a part of the bar before it. */
function isJoined(last: Placed, run: Brief, from: number): boolean {
  const gap = from - (last.left + last.width)
  return last.isSmall && last.runs[0]?.state === run.state && gap < LEAST / 2
}

/** Return the instants of the scale: whole ones by the browser's clock. */
export function ticksOf(since: number, until: number, span: Span): number[] {
  const { tick } = LENGTHS[span]
  const first = new Date(since)
  first.setHours(0, 0, 0, 0)
  const ticks: number[] = []
  for (let at = first.getTime(); at < until; at = after(at, tick)) {
    if (at >= since) ticks.push(at)
  }
  return ticks
}

/** By the wall clock for days, which are not all equally long. */
function after(at: number, tick: number): number {
  if (tick < 24 * HOUR) return at + tick
  const next = new Date(at)
  next.setDate(next.getDate() + 1)
  return next.getTime()
}
