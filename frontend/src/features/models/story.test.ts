import { expect, it } from 'vitest'
import type { Schemas } from '@/shared/api/client'
import { livesOf, previousOf, registrarsOf, toldBy } from './story'

const event = (name: string, version: number, actor = 'ana', some = {}): Schemas['Event'] => ({
  id: 1,
  subject: 'model:m',
  name,
  at: '2026-11-26T12:00:00Z',
  actor,
  detail: { version, ...some },
})

it('knows which versions were live, and the way back', () => {
  const events = [
    event('registered', 1),
    event('registered', 2, 'bob'),
    event('promotion refused', 2),
    event('promoted', 2),
    event('promoted', 2),
    event('registered', 3),
  ]
  expect(livesOf(events)).toEqual([1, 2])
  expect(previousOf(events, 2)).toBe(1)
  expect(previousOf(events, 1)).toBe(2)
  expect(previousOf(events.slice(0, 2), 1)).toBeUndefined()
  expect(registrarsOf(events).get(2)).toBe('bob')
})

it('has words for what it knows, and shows the rest as it is', () => {
  const forced = toldBy(event('promoted', 2, 'ana', { forced: true, failed: 3 }))
  expect(forced).toMatchObject({ kind: 'promoted', version: 2, faults: { failed: 3 } })
  expect(toldBy(event('promotion refused', 2)).kind).toBe('refused')
  expect(toldBy(event('serving changed', 0)).kind).toBe('other')
})
