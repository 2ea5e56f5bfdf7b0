import { expect, test } from 'vitest'
import { draftOf, windowOf } from './window'

const COMMON = { name: 'w', description: '', checks: ['db'], timezone: 'America/Sao_Paulo' }

test('a window is once or again, never both', () => {
  const once = { ...COMMON, starts: '2030-01-01T00:00', ends: '2030-01-02T00:00' }
  const again = { ...COMMON, cron: '0 2 * * 0', duration: 'PT2H' }
  expect(windowOf(draftOf(once))).toEqual({ ...once, cron: null, duration: null })
  expect(windowOf(draftOf(again))).toEqual({ ...again, starts: null, ends: null })
})

test('a time with an offset is told by the clock of the zone', () => {
  const spec = { ...COMMON, starts: '2030-01-01T03:00:00Z', ends: '2030-01-01T05:30:00+00:00' }
  const { starts, ends } = draftOf(spec)
  expect([starts, ends]).toEqual(['2030-01-01T00:00', '2030-01-01T02:30'])
})
