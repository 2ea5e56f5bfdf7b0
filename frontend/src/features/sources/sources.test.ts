import { expect, test } from 'vitest'
import { outcomes } from './steps'
import { usesOf } from './usage'

test('what comes after the step that failed was not tried', () => {
  expect(outcomes('password')).toEqual({
    configuration: 'well',
    driver: 'well',
    reach: 'well',
    logIn: 'failed',
    database: 'untried',
    query: 'untried',
  })
  expect(new Set(Object.values(outcomes(null)))).toEqual(new Set(['well']))
})

test('a schedule uses a source that it collects from or delivers to', () => {
  const spec = (from: string, to: string) => ({
    collect: { source: from },
    deliver: { source: to },
  })
  const schedules = [
    { name: 'both', spec: spec('a', 'a') },
    { name: 'from', spec: spec('a', 'b') },
    { name: 'to', spec: spec('b', 'a') },
    { name: 'none', spec: spec('b', 'b') },
    { name: 'damaged', spec: null },
  ]
  expect(usesOf('a', schedules as never)).toEqual([
    { schedule: 'both', collects: true, delivers: true },
    { schedule: 'from', collects: true, delivers: false },
    { schedule: 'to', collects: false, delivers: true },
  ])
})
