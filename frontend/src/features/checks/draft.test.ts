import { expect, test } from 'vitest'
import { checkOf, draftOf } from './draft'
import type { Check } from './queries'

const COMMON = {
  description: 'd',
  every: 30,
  timeout: 5,
  retries: 1,
  slow_after: 0.5,
  depends_on: ['net'],
}
const TARGETS: Check['target'][] = [
  { kind: 'host', address: 'db.example', port: 3306 },
  { kind: 'database', source: 'flights', table: 'rows' },
  {
    kind: 'http',
    url: 'https://shop.example/health',
    method: 'GET',
    status: 204,
    contains: 'ok',
    redirects: 1,
    certificate_days: 7,
    json_holds: { pointer: '/status', equals: 'ok' },
  },
  { kind: 'schedule', schedule: 'nightly', late_after: 300, failing_after: 1 },
]

test.each(TARGETS)('a form that is not touched changes nothing of a $kind', (target) => {
  const spec: Check = { name: 'c', ...COMMON, target }
  expect(checkOf(draftOf(spec), spec)).toEqual(spec)
})

test('another kind takes nothing over from the target that was there', () => {
  const spec: Check = { name: 'c', ...COMMON, target: TARGETS[2] as Check['target'] }
  const draft = { ...draftOf(spec), kind: 'host' as const, address: ' h ', port: 22 }
  expect(checkOf(draft, spec).target).toEqual({ kind: 'host', address: 'h', port: 22 })
})

test('what is left empty is left out', () => {
  const draft = { ...draftOf(undefined), kind: 'database' as const, source: 's' }
  expect(checkOf(draft, undefined).target).toEqual({ kind: 'database', source: 's', table: null })
})
