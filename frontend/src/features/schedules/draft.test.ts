import { expect, it } from 'vitest'
import type { Schemas } from '@/shared/api/client'
import { bodyOf, draftOf } from './draft'

const SPEC = {
  name: 'nightly',
  description: 'Each night',
  model: 'm',
  cron: '30 7 * * 1-5',
  timezone: 'America/New_York',
  collect: {
    source: 'crm',
    query: 'SELECT 1 AS id',
    key: 'id',
    window: { start: 'PT0S', end: 'P1D' },
  },
  deliver: { source: 'crm', table: 'predictions', mode: 'upsert' },
  policies: {
    catch_up: 'all',
    overlap: 'skip',
    concurrency: 2,
    retries: { limit: 3 },
    time_out: 'PT30M',
  },
} as unknown as Schemas['Schedule']

it('gives back what it was made of', () => {
  expect(bodyOf(draftOf(SPEC), SPEC)).toMatchObject(SPEC as object)
})

it('takes back what another trigger does not need', () => {
  const body = bodyOf({ ...draftOf(SPEC), trigger: 'interval', every: 'PT5M' }, SPEC)
  expect([body.cron, body.interval, body.once]).toEqual([null, { every: 'PT5M' }, null])
  const byHand = bodyOf({ ...draftOf(SPEC), trigger: 'hand' }, SPEC)
  expect([byHand.cron, byHand.interval, byHand.once]).toEqual([null, null, null])
})

it('keeps the phase of an interval', () => {
  const interval = { every: 'PT1H', anchor: '2026-01-01T00:05:00Z' }
  const spec = { ...SPEC, cron: null, interval } as Schemas['Schedule']
  expect(bodyOf({ ...draftOf(spec), every: 'PT2H' }, spec).interval).toEqual({
    every: 'PT2H',
    anchor: '2026-01-01T00:05:00Z',
  })
})

it('has no window and no time-out where none is written', () => {
  const body = bodyOf({ ...draftOf(SPEC), windowStart: '', windowEnd: '', timeOut: '' }, SPEC)
  expect([body.collect.window, body.policies.time_out]).toEqual([null, null])
})
