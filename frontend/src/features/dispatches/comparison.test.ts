import { expect, it } from 'vitest'
import { comparisonOf } from './comparison'
import type { Dispatch } from './queries'

function dispatch(seconds: number, rows: number): Dispatch {
  return {
    started_at: '2026-03-02T12:00:00Z',
    finished_at: new Date(Date.parse('2026-03-02T12:00:00Z') + seconds * 1000).toISOString(),
    progress: {
      rows_collected: rows,
      rows_inferred: rows,
      rows_delivered: 0,
      collect_seconds: 2,
      infer_seconds: 0,
      deliver_seconds: 0,
    },
  } as unknown as Dispatch
}

it('tells how much longer, more and faster', () => {
  const found = comparisonOf(dispatch(3, 300), dispatch(2, 200))
  const told = Object.fromEntries(found.map((one) => [one.name, [one.now, one.before, one.change]]))
  expect(told.took).toEqual([3, 2, 0.5])
  expect(told['collect.rows']).toEqual([300, 200, 0.5])
  expect(told['collect.rate']).toEqual([150, 100, 0.5])
})

it('tells no change of what was nothing, or is not known', () => {
  const found = comparisonOf(dispatch(3, 300), dispatch(2, 200))
  const changes = new Map(found.map((one) => [one.name, one.change]))
  expect(changes.get('deliver.rows')).toBeNull()
  expect(changes.get('infer.rate')).toBeNull()
  expect(changes.get('memory')).toBeNull()
})
