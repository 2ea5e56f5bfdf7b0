import { expect, test } from 'vitest'
import { channelOf, draftOf, pairsOf } from './channel'
import type { Channel } from './queries'

const STARS = '**********'
const TARGETS: Channel['target'][] = [
  { kind: 'webhook', form: 'slack', url: STARS, headers: { Authorization: STARS } },
  {
    kind: 'email',
    host: 'smtp.example.org',
    port: null,
    security: 'tls',
    user: 'disparo',
    password: STARS,
    sender: 'disparo@example.org',
    to: ['ops@example.org'],
  },
  { kind: 'command', command: ['/bin/siren', '--loud now'], environment: { KEY: STARS } },
]

test.each(TARGETS)('a form that is not touched changes nothing of a $kind', (target) => {
  const spec: Channel = { name: 'ops', description: 'd', timeout: 5, target }
  expect(channelOf(draftOf(spec))).toEqual(spec)
})

test('pairs stand on lines of their own, and values may hold the mark between', () => {
  expect(pairsOf('A: b: c\n\n D :e \nbare', ':')).toEqual({ A: 'b: c', D: 'e', bare: '' })
})
