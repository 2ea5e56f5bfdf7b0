import { expect, it } from 'vitest'
import { caseOf, isWhole } from './inputs'
import { cells, readPasted } from './paste'
import type { Input } from './types'

const input = (name: string, type: Input['type'], some: Partial<Input> = {}): Input => ({
  name,
  type,
  nullable: false,
  ...some,
})
const INPUTS = [
  input('carrier', 'text', { categories: ['AA', 'UA'] }),
  input('distance', 'number', { minimum: 100, maximum: 201 }),
  input('day', 'integer', { minimum: 1, maximum: 6 }),
  input('note', 'text', { nullable: true }),
]

it.each([
  ['{"carrier": "UA", "distance": 1.5}'],
  ['[{"carrier": "UA", "distance": 1.5}]'],
  ['{"model": "m", "cases": [{"carrier": "UA", "distance": 1.5}]}'],
  ['{"title": "stored", "inputs": {"carrier": "UA", "distance": 1.5}}'],
  ['carrier,distance\nUA,1.5'],
  ['carrier;distance\r\n"UA";1.5\r\n\r\n'],
])('reads %s', (text) => {
  expect(readPasted(text, INPUTS)).toMatchObject({ cases: [{ carrier: 'UA', distance: 1.5 }] })
})

it('reads an object a line, and names what the model has not', () => {
  const read = readPasted('{"carrier": "UA", "x": 1}\n{"carrier": "AA"}', INPUTS)
  expect(read).toEqual({ cases: [{ carrier: 'UA' }, { carrier: 'AA' }], ignored: ['x'] })
})

it('leaves to the service what does not fit, and gives it what is missing as missing', () => {
  const read = readPasted('carrier,distance,day\nUA,far,\n', INPUTS)
  expect(read).toMatchObject({ cases: [{ carrier: 'UA', distance: 'far', day: null }] })
})

it('says what is wrong', () => {
  expect(readPasted('  ', INPUTS).fault?.kind).toBe('empty')
  expect(readPasted('[]', INPUTS).fault?.kind).toBe('empty')
  expect(readPasted('{"carrier": ', INPUTS).fault?.kind).toBe('json')
  expect(readPasted('a,b\n1,2', INPUTS).fault).toEqual({
    kind: 'columns',
    detail: 'carrier, distance, day, note',
  })
})

it('knows quotes', () => {
  expect(cells('a, "b, ""c""" ,', ',')).toEqual(['a', 'b, "c"', ''])
})

it('begins with a case of the middle, and knows what is missing', () => {
  const one = caseOf(INPUTS, { carrier: 'UA' })
  expect(one).toEqual({ carrier: 'UA', distance: 150.5, day: 4, note: '' })
  expect(isWhole(INPUTS, one)).toBe(true)
  expect(isWhole(INPUTS, { ...one, day: null })).toBe(false)
})
