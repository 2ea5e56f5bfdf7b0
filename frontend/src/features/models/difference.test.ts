import { expect, it } from 'vitest'
import { changesOf } from './difference'
import type { Version } from './queries'

const version = (inputs: object[], classes: string[]): Version =>
  ({ signature: { inputs, outputs: { classes } } }) as unknown as Version

it('tells what two versions take and give differently', () => {
  const before = version(
    [
      { name: 'age', type: 'integer', nullable: false, minimum: 18, maximum: 89 },
      { name: 'plan', type: 'text', nullable: false, categories: ['basic', 'pro'] },
      { name: 'gone', type: 'number', nullable: true },
    ],
    ['stays', 'leaves'],
  )
  const after = version(
    [
      { name: 'age', type: 'number', nullable: true, minimum: 18, maximum: 90 },
      { name: 'plan', type: 'text', nullable: false, categories: ['pro', 'free'] },
      { name: 'new', type: 'text', nullable: true },
    ],
    ['stays', 'leaves'],
  )
  expect(changesOf(before, after)).toEqual([
    { name: 'age', kind: 'type', before: 'integer', after: 'number' },
    { name: 'age', kind: 'nullable', before: 'false', after: 'true' },
    { name: 'age', kind: 'range', before: '18 – 89', after: '18 – 90' },
    { name: 'plan', kind: 'categories', before: 'basic', after: 'free' },
    { name: 'gone', kind: 'removed', before: 'number', after: '' },
    { name: 'new', kind: 'added', before: '', after: 'text' },
  ])
  expect(changesOf(before, before)).toEqual([])
})
