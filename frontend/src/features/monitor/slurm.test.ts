import { expect, it } from 'vitest'
import {
  dispatchOf,
  FEW_NODES,
  flagsOf,
  lookOfNode,
  nodesShown,
  partitionsOf,
  sinceOf,
} from './slurm'

it('reads the parts of a node’s state, as slurmrestd and as sinfo write them', () => {
  expect(flagsOf('IDLE')).toEqual(['IDLE'])
  expect(flagsOf('IDLE+DRAIN')).toEqual(['IDLE', 'DRAIN'])
  expect(flagsOf('DOWN*+NOT_RESPONDING')).toEqual(['DOWN', 'NOT_RESPONDING'])
})

it('shows a node as the worst of what its state says', () => {
  const looks = ['IDLE', 'MIXED', 'ALLOCATED', 'IDLE+DRAIN', 'DOWN*', 'FUTURE'].map(lookOfNode)
  expect(looks).toEqual(['up', 'running', 'running', 'degraded', 'down', 'unknown'])
  expect(lookOfNode('IDLE+CLOUD+POWERED_DOWN')).toBe('up')
})

it('shows few nodes of many, those in trouble first', () => {
  const node = (name: string, state: string) => ({ name, state, partitions: [] })
  const few = [node('a', 'IDLE'), node('b', 'DOWN')]
  expect(nodesShown(few, false)).toBe(few)
  const many = Array.from({ length: 100 }, (_, at) => node(`n${at}`, at === 77 ? 'DOWN' : 'IDLE'))
  expect(nodesShown(many, false).map(({ name }) => name)[0]).toBe('n77')
  expect(nodesShown(many, false)).toHaveLength(FEW_NODES)
  expect(nodesShown(many, true)).toBe(many)
})

it('counts the nodes of each partition, a node of several in each', () => {
  const node = (state: string, partitions: string[]) => ({
    name: state,
    state,
    partitions,
    processors: 4,
    busy_processors: state === 'IDLE' ? 0 : 3,
  })
  const nodes = [node('IDLE', ['gpu', 'all']), node('MIXED', ['all']), node('DOWN*', ['gpu'])]
  expect(partitionsOf(nodes)).toEqual([
    {
      name: 'all',
      nodes: 2,
      looks: [
        ['running', 1],
        ['up', 1],
      ],
      processors: 8,
      busy: 3,
    },
    {
      name: 'gpu',
      nodes: 2,
      looks: [
        ['down', 1],
        ['up', 1],
      ],
      processors: 8,
      busy: 3,
    },
  ])
  expect(partitionsOf([])).toEqual([])
})

it('knows the dispatch of a job by its name, and of nobody else’s', () => {
  expect(dispatchOf('disparo-238-4b20543146b14df7-1')).toBe('238')
  expect(dispatchOf('disparo-239-f0925c3eebbc4ee1-2_3')).toBe('239')
  expect(dispatchOf('disparo-238')).toBeNull()
  expect(dispatchOf('train-my-model')).toBeNull()
})

it('tells since when a job runs, and of one that waits since when it does', () => {
  const times = { submitted_at: '2026-11-26T10:00:00Z', started_at: '2026-11-26T11:00:00Z' }
  expect(sinceOf({ state: 'RUNNING', ...times })).toBe(times.started_at)
  expect(sinceOf({ state: 'PENDING', ...times })).toBe(times.submitted_at)
  expect(sinceOf({ state: 'RUNNING' })).toBeNull()
})
