import { expect, it } from 'vitest'
import { secondsOf, stagesOf } from './stages'

it('tells how far each stage is, and how fast it worked', () => {
  const progress = {
    rows_expected: 200,
    rows_collected: 200,
    rows_inferred: 100,
    rows_delivered: 0,
    collect_seconds: 2,
    infer_seconds: 0,
    deliver_seconds: 0,
  }
  const stages = stagesOf({ progress })
  expect(stages.map((one) => one.part)).toEqual([1, 0.5, 0])
  expect(stages.map((one) => one.rowsPerSecond)).toEqual([100, null, null])
  const unknown = stagesOf({ progress: { ...progress, rows_expected: null } })
  expect(unknown.map((one) => one.part)).toEqual([null, null, null])
  const none = stagesOf({ progress: { ...progress, rows_expected: 0, rows_collected: 0 } })
  expect(none[0]?.part).toBe(1)
})

it('knows how long what has ended took', () => {
  const started_at = '2026-03-02T12:00:00Z'
  expect(secondsOf({ started_at, finished_at: '2026-03-02T12:00:01.500Z' })).toBe(1.5)
  expect(secondsOf({ started_at, finished_at: null })).toBeNull()
  expect(secondsOf({ started_at: null, finished_at: started_at })).toBeNull()
})
