import { expect, test } from 'vitest'
import { exportAddress } from './queries'

test('a file holds what is shown', () => {
  const address = exportAddress({ actor: 'token ci', since: '2026-11-26' }, 'csv')
  const query = new URLSearchParams(address.split('?')[1])
  expect(Object.fromEntries(query)).toEqual({
    actor: 'token ci',
    since: new Date(2026, 10, 26).toISOString(),
    format: 'csv',
  })
})
