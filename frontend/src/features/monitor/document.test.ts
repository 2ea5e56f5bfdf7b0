import { describe, expect, it } from 'vitest'
import {
  type Changes,
  type CheckCard,
  gravest,
  type MonitorDocument,
  withChanges,
} from './document'

const card = (name: string, changes: Partial<CheckCard> = {}): CheckCard =>
  ({ name, kind: 'host', state: 'up', ...changes }) as CheckCard

const shown = (checks: CheckCard[]): MonitorDocument =>
  ({ well: true, down: [], checks: { host: checks }, schedules: [] }) as unknown as MonitorDocument

const changes = (some: Partial<Changes>): Changes => ({
  checks: [],
  schedules: [],
  gone: [],
  rest: { well: false, down: ['b'] } as unknown as Changes['rest'],
  ...some,
})

describe('what changed goes over what is shown', () => {
  it('replaces tiles, adds new ones by name, and leaves the others the same objects', () => {
    const [a, b] = [card('a'), card('b')]
    const web = card('web', { kind: 'http' })
    const after = withChanges(
      shown([a, b]),
      changes({ checks: [card('b', { state: 'down' }), web] }),
    )
    expect(after.checks.host?.map((one) => one.state)).toEqual(['up', 'down'])
    expect(after.checks.host?.[0]).toBe(a)
    expect(after.checks.http).toEqual([web])
    expect(after.down).toEqual(['b'])
  })

  it('drops what is gone, of that noun alone', () => {
    const before = shown([card('a'), card('b')])
    const after = withChanges(before, changes({ gone: [{ noun: 'checks', name: 'a' }] }))
    expect(after.checks.host?.map((one) => one.name)).toEqual(['b'])
    const other = withChanges(before, changes({ gone: [{ noun: 'schedules', name: 'a' }] }))
    expect(other.checks.host).toHaveLength(2)
  })

  it('moves a check whose kind has changed', () => {
    const after = withChanges(
      shown([card('a')]),
      changes({ checks: [card('a', { kind: 'disk' })] }),
    )
    expect(Object.keys(after.checks)).toEqual(['disk'])
  })
})

it('shows first what wants to be seen, then by kind and name', () => {
  const cards = [
    card('z'),
    card('paused', { state: 'paused' }),
    card('y', { kind: 'disk' }),
    card('a', { kind: 'http' }),
    card('slow', { state: 'degraded' }),
    card('gone', { state: 'down', kind: 'disk' }),
  ]
  expect(gravest(cards).map((one) => one.name)).toEqual(['gone', 'slow', 'z', 'a', 'y', 'paused'])
})
