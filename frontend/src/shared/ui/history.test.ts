import { expect, it } from 'vitest'
import { changesOf, inText } from './history'

it('tells each changed field with what it was and is', () => {
  const detail = { before: { cron: '0 6 * * *' }, after: { cron: '0 7 * * *', 'a.b': 1 } }
  expect(changesOf(detail)).toEqual([
    { path: 'cron', before: '0 6 * * *', after: '0 7 * * *' },
    { path: 'a.b', before: undefined, after: 1 },
  ])
})

it('leaves out what a new thing does not say, and knows events that change nothing', () => {
  expect(changesOf({ before: {}, after: { cron: null, model: 'm' } })).toEqual([
    { path: 'model', before: undefined, after: 'm' },
  ])
  expect(changesOf({ version: 3 })).toEqual([])
  expect(changesOf(undefined)).toEqual([])
})

it('writes values as people read them', () => {
  expect([inText('text'), inText(null), inText([1])]).toEqual(['text', 'null', '[1]'])
})
