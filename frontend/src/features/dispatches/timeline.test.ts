import { expect, it } from 'vitest'
import type { Brief } from './queries'
import { lanesOf, ticksOf } from './timeline'

const SINCE = Date.parse('2026-03-02T00:00:00Z')
const HOUR = 3_600_000
const UNTIL = SINCE + 24 * HOUR
const at = (hours: number) => new Date(SINCE + hours * HOUR).toISOString()

function ran(id: number, from: number, to: number | null, some: Partial<Brief> = {}): Brief {
  return {
    id,
    schedule: 'a',
    state: to === null ? 'running' : 'succeeded',
    created_at: at(from),
    started_at: at(from),
    finished_at: to === null ? null : at(to),
    ...some,
  } as Brief
}

const drawn = (runs: Brief[]) => lanesOf(runs, SINCE, UNTIL, SINCE + 12 * HOUR)

it('puts what ran at once into several rows, and what came after into the first', () => {
  const [lane] = drawn([ran(1, 0, 6), ran(2, 3, 9), ran(3, 6, 8)])
  expect(lane?.rows).toBe(2)
  expect(lane?.bars.map((bar) => [bar.runs[0]?.id, bar.row])).toEqual([
    [1, 0],
    [3, 0],
    [2, 1],
  ])
})

it('cuts at the edges, and draws what runs up to now', () => {
  const [lane] = drawn([ran(1, -5, 6), ran(2, 9, null)])
  const edges = lane?.bars.map((bar) => [bar.left, bar.width])
  expect(edges).toEqual([
    [0, 0.25],
    [0.375, 0.125],
  ])
})

it('draws nothing over another, however short they are', () => {
  const [lane] = drawn([ran(1, 0, 0.2), ran(2, 0.1, 0.3), ran(3, 0.201, 0.4)])
  for (const one of lane?.bars ?? [])
    for (const other of lane?.bars ?? [])
      if (one !== other && one.row === other.row && one.left <= other.left)
        expect(one.left + one.width).toBeLessThanOrEqual(other.left)
})

it('has a lane for each schedule by name', () => {
  const lanes = drawn([ran(1, 0, 1, { schedule: 'b' }), ran(2, 0, 1)])
  expect(lanes.map((lane) => lane.schedule)).toEqual(['a', 'b'])
})

it('draws those that are too near as one, but never two states', () => {
  const minutes = Array.from({ length: 60 }, (_, n) => ran(n, n / 60, n / 60 + 0.005))
  const [lane] = drawn(minutes)
  expect(lane?.rows).toBe(1)
  expect(lane?.bars.length).toBeLessThan(30)
  expect(lane?.bars.flatMap((bar) => bar.runs).length).toBe(60)
  const [mixed] = drawn([ran(1, 0, 0.001), ran(2, 0.01, 0.011, { state: 'failed' })])
  expect(mixed?.bars.length).toBe(2)
})

it('has a tick each midnight of a week, also of one that a clock changes in', () => {
  const ticks = ticksOf(SINCE, SINCE + 7 * 24 * HOUR, 'week')
  expect(ticks.length).toBe(7)
  expect(ticks.every((one) => new Date(one).getHours() === 0)).toBe(true)
})
