import { expect, it } from 'vitest'
import { marksFor, marksUpTo } from './marks'

it('marks an axis by round numbers, up to what is drawn', () => {
  expect(marksUpTo(68.9)).toEqual([0, 20, 40, 60, 80])
  expect(marksUpTo(0.28)).toEqual([0, 0.1, 0.2, 0.3])
  expect(marksUpTo(2.42)).toEqual([0, 1, 2, 3])
  expect(marksUpTo(100)).toEqual([0, 25, 50, 75, 100])
  expect(marksUpTo(1e-7)).toHaveLength(5)
})

it('has an axis where nothing is to be drawn', () => {
  expect(marksUpTo(0)).toEqual([0, 1])
  expect(marksFor([{ at: 'a', x: null }], ['x'])).toEqual([0, 1])
})

it('marks what is drawn, whichever line it is of, and a whole where shares are', () => {
  expect(marksFor([{ x: 0.1 }], ['x'], { least: 0.3 })).toEqual([0, 0.1, 0.2, 0.3])
  expect(marksFor([{ x: 1, y: 8 }], ['x', 'y'])).toEqual([0, 2, 4, 6, 8])
  expect(marksFor([{ x: 0.1 }], ['x'], { isShare: true })).toEqual([0, 0.25, 0.5, 0.75, 1])
})
