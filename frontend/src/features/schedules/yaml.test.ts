import { expect, test } from 'vitest'
import { ProblemError } from '@/shared/api/problem'
import { merged } from './draft'
import { FaultyText, faultsOf, read, written } from './yaml'

const WORDS = { noMap: 'no schedule' }
const TEXT = `name: nightly
collect:
  source: warehouse
  query: |
    SELECT id
    FROM orders
policies:
  overlap: never
`

function faults(text: string) {
  try {
    read(text, WORDS)
  } catch (error) {
    if (error instanceof FaultyText) return error.faults
  }
  return []
}

test('a schedule is written without what says nothing, and read back as it was', () => {
  const document = {
    name: 'nightly',
    cron: '0 6 * * *',
    interval: null,
    parameters: {},
    collect: { query: 'SELECT id\nFROM orders\n', window: null, count: true },
  }
  const text = written(document)
  expect(text).toContain('query: |\n')
  expect(text).not.toContain('interval')
  expect(read(text, WORDS)).toEqual({
    name: 'nightly',
    cron: '0 6 * * *',
    collect: { query: 'SELECT id\nFROM orders\n', count: true },
  })
})

test('a file with one schedule is that schedule', () => {
  expect(read('schedules:\n- name: nightly\n', WORDS)).toEqual({ name: 'nightly' })
})

test('what is no YAML, and what is no schedule, is told with its line', () => {
  expect(faults('name: a\ncollect: [\n').map(({ line }) => line)).toContain(3)
  expect(faults('- one\n- two\n')).toEqual([{ line: 1, words: 'no schedule' }])
})

test('what the service says of a field stands in its line, of a missing one in that of its parent', () => {
  const detail =
    "body.collect.key: is missing; body.policies.overlap: should be 'skip' or 'queue'; body.model: is missing"
  const problem = new ProblemError(422, 'invalid-request', 'Invalid request', detail)
  expect(faultsOf(problem, TEXT)).toEqual([
    { line: 2, words: 'collect.key: is missing' },
    { line: 8, words: "policies.overlap: should be 'skip' or 'queue'" },
    { line: null, words: 'model: is missing' },
  ])
  const plain = new ProblemError(404, 'not-found', 'Not found', 'there is no model m')
  expect(faultsOf(plain, TEXT)).toEqual([{ line: null, words: 'there is no model m' }])
})

test('a form changes what it shows and leaves the rest', () => {
  const before = {
    name: 'a',
    slurm: { partition: 'p' },
    policies: { overlap: 'skip', priority: 3 },
  }
  const change = { version: null, policies: { priority: 1, time_out: null } }
  expect(merged(before, change)).toEqual({
    name: 'a',
    slurm: { partition: 'p' },
    policies: { overlap: 'skip', priority: 1 },
  })
})
