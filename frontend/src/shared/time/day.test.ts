import { expect, test } from 'vitest'
import { midnight } from './day'

test('a day is told by its midnight, and the last one is whole', () => {
  expect(midnight('2026-11-26')).toBe(new Date(2026, 10, 26).toISOString())
  expect(midnight('2026-11-30', 1)).toBe(new Date(2026, 11, 1).toISOString())
  expect(midnight('yesterday')).toBeUndefined()
  expect(midnight(undefined)).toBeUndefined()
})
