import { expect, it } from 'vitest'
import type { Schemas } from '@/shared/api/client'
import type { Text } from '@/shared/i18n'
import { en } from '@/shared/i18n/en'
import { formats } from '@/shared/i18n/formats'
import { hourBars, latencies } from './hours'
import { runBars, withLast } from './runs'

const text = { t: en, ...formats('en') } as Text
const HOUR = 3_600_000
const NOON = Date.parse('2026-03-02T12:00:00Z')

const hour = (start: number, changes: Partial<Schemas['Rollup']>): Schemas['Rollup'] =>
  ({
    start: new Date(start).toISOString(),
    looks: 10,
    down: 0,
    degraded: 0,
    uptime: 1,
    ...changes,
  }) as Schemas['Rollup']

const ran = (id: number, seconds: number | null): Schemas['Ran'] => ({
  id,
  state: seconds === null ? 'running' : 'succeeded',
  slot: '2026-03-02T12:00:00Z',
  started_at: '2026-03-02T12:00:00Z',
  finished_at: seconds === null ? null : new Date(NOON + seconds * 1000).toISOString(),
  rows: 1,
})

it('draws 24 hours, those without looks too', () => {
  const bars = hourBars(
    [
      hour(NOON - 2 * HOUR, { uptime: 0, down: 10 }),
      hour(NOON - HOUR, { uptime: 0.9, down: 1 }),
      hour(NOON, {}),
    ],
    NOON,
    text,
  )
  expect(bars).toHaveLength(24)
  expect(bars.slice(-4).map((bar) => bar.tone)).toEqual(['idle', 'bad', 'warn', 'good'])
  expect(bars.at(-1)?.height).toBe(1)
  expect(bars.at(-3)?.title).toContain('0% of 10 looks well')
})

it('adds the look of which the feed has heard first', () => {
  const looks = [{ at: '2026-03-02T12:00:00Z', seconds: 1, state: 'up' as const }]
  expect(latencies(looks, { at: '2026-03-02T12:00:00Z', seconds: 1 })).toEqual([1])
  expect(latencies(looks, { at: '2026-03-02T12:00:10Z', seconds: 2 })).toEqual([1, 2])
  expect(latencies([], { at: null, seconds: null })).toEqual([])
})

it('draws runs by their time, what runs in full, and the newest as the feed has heard of it', () => {
  const bars = runBars(withLast([ran(1, 5), ran(2, 10), ran(3, null)], null), text)
  expect(bars.map((bar) => bar.height)).toEqual([0.5, 1, 1])
  expect(bars.map((bar) => bar.tone)).toEqual(['good', 'good', 'busy'])
  const last = { id: 3, state: 'failed' as const, slot: '2026-03-02T12:00:00Z', finished_at: null }
  expect(withLast([ran(3, null)], last).map((one) => one.state)).toEqual(['failed'])
  expect(withLast([ran(2, 1)], last).map((one) => one.id)).toEqual([2, 3])
})
