import { expect, it } from 'vitest'
import { mediaOf, type StoredCase } from './cases'
import { fits, tagsOf } from './fits'

const stored = (title: string, tags: string[], inputs = {}) =>
  ({ title, tags, inputs }) as unknown as StoredCase

it('finds cases by words and by tags', () => {
  const one = stored('The evening before', ['november', 'late'], { carrier: 'UA' })
  expect(fits(one, 'ua EVENING', [])).toBe(true)
  expect(fits(one, 'ua morning', [])).toBe(false)
  expect(fits(one, '', ['november'])).toBe(true)
  expect(fits(one, '', ['november', 'may'])).toBe(false)
})

it('offers the tags that are most in use first', () => {
  expect(tagsOf([stored('', ['a']), stored('', ['b', 'a']), stored('', [])])).toEqual(['a', 'b'])
})

it('knows a file by its name', () => {
  expect(mediaOf('a.JSONL')).toBe('application/x-ndjson')
  expect(mediaOf('a.csv')).toBe('text/csv')
})
