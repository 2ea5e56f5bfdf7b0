import { expect, test } from 'vitest'
import { EMPTY, endOf, tokenOf } from './draft'

const NOON = Date.UTC(2026, 10, 26, 12)

test('days are counted from now', () => {
  expect(endOf({ ...EMPTY, lasts: '30' }, NOON)).toBe('2026-12-26T12:00:00.000Z')
  expect(endOf({ ...EMPTY, lasts: 'ever' }, NOON)).toBeNull()
})

test('a last day is whole, by the clock of the browser', () => {
  const end = endOf({ ...EMPTY, lasts: 'day', day: '2026-12-31' }, NOON)
  expect(end).toBe(new Date(2027, 0, 1).toISOString())
})

test('a token for predictions has the role that this needs, and its models', () => {
  const made = tokenOf({ ...EMPTY, name: ' shop ', scope: 'predict', models: ['m'] }, NOON)
  expect(made).toMatchObject({ name: 'shop', role: 'operator', scope: 'predict', models: ['m'] })
  expect(tokenOf({ ...EMPTY, models: ['m'] }, NOON).models).toEqual([])
})
