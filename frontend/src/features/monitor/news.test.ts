import { expect, it } from 'vitest'
import type { MonitorDocument } from './document'
import { markOfDispatches, markOfPredictions } from './useNews'

function document(some: object, service: object = {}): MonitorDocument {
  const card = { name: 'nightly', last: { id: 7, state: 'running' }, running: [{ id: 7 }], ...some }
  const told = { queue: { waiting: 0, running: 1 }, newest_request: 'a1', ...service }
  return { schedules: [card], service: told } as unknown as MonitorDocument
}

it('takes what begins, ends and waits for news of dispatches, and not how far they are', () => {
  const before = markOfDispatches(document({}))
  const further = document({ running: [{ id: 7, progress: { rows_delivered: 9 } }] })
  expect(markOfDispatches(further)).toBe(before)
  expect(markOfDispatches(document({ last: { id: 7, state: 'succeeded' } }))).not.toBe(before)
  expect(markOfDispatches(document({}, { queue: { waiting: 1, running: 1 } }))).not.toBe(before)
  expect(markOfDispatches(document({}, { newest_request: 'a2' }))).toBe(before)
})

it('takes another newest request for news of predictions', () => {
  expect(markOfPredictions(document({}))).toBe('a1')
  expect(markOfPredictions(document({}, { newest_request: null }))).toBe('')
})
