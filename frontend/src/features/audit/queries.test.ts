import { expect, test } from 'vitest'
import { exportAddress, midnight } from './queries'

test('a day is told by its midnight, and the last one is whole', () => {
  expect(midnight('2026-11-26')).toBe(new Date(2026, 10, 26).toISOString())
  expect(midnight('2026-11-30', 1)).toBe(new Date(2026, 11, 1).toISOString())
  expect(midnight('yesterday')).toBeUndefined()
  expect(midnight(undefined)).toBeUndefined()
})

test('a file holds what is shown', () => {
  const address = exportAddress({ actor: 'token ci', since: '2026-11-26' }, 'csv')
  const query = new URLSearchParams(address.split('?')[1])
  expect(Object.fromEntries(query)).toEqual({
    actor: 'token ci',
    since: new Date(2026, 10, 26).toISOString(),
    format: 'csv',
  })
})
