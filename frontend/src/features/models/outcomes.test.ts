import { expect, it } from 'vitest'
import type { Schemas } from '@/shared/api/client'
import { figureOf, matrixOf, spansOf, versionsOf } from './outcomes'

const figures = (version: number, some: object) => ({ version, kind: 'live', outcomes: 1, ...some })
const series = (...spans: object[][]): Schemas['PerformanceSeries'] =>
  ({
    model: 'm',
    spans: spans.map((versions, n) => ({ since: `${n}`, until: `${n + 1}`, versions })),
  }) as unknown as Schemas['PerformanceSeries']

it('draws a line for each live version, with gaps where nothing was judged', () => {
  const found = series(
    [figures(2, { accuracy: 0.5 }), { ...figures(3, { accuracy: 1 }), kind: 'shadow' }],
    [],
    [figures(1, { accuracy: 1 })],
  )
  expect(figureOf(found)).toBe('accuracy')
  expect(versionsOf(found)).toEqual([1, 2])
  expect(spansOf(found, 'accuracy', (at) => at)).toEqual([
    { at: '0', v2: 0.5 },
    { at: '1' },
    { at: '2', v1: 1 },
  ])
})

it('draws the error of a regressor', () => {
  expect(figureOf(series([figures(1, { accuracy: null, mae: 2 })]))).toBe('mae')
})

it('counts which class was predicted for which', () => {
  const confusion = [
    { predicted: 'late', true: 'late', count: 3 },
    { predicted: 'early', true: 'late', count: 1 },
  ]
  const classes = ['early', 'late'].map((label) => ({ label }))
  const found = matrixOf({ confusion, classes } as unknown as Schemas['VersionPerformance'])
  expect(found.rows).toEqual([
    { truth: 'early', counts: [0, 0] },
    { truth: 'late', counts: [1, 3] },
  ])
})
