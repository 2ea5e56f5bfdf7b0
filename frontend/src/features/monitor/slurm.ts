import type { Schemas } from '@/shared/api/client'

type Node = Schemas['ClusterNode']
type Seen = Pick<Schemas['SeenJob'], 'state' | 'started_at' | 'submitted_at'>

/** So many nodes are shown unasked; beyond them those in trouble first. */
export const FEW_NODES = 12

/** Return the parts of a node's state as Slurm names them: IDLE, or DOWN and NOT_RESPONDING. */
export function flagsOf(state: string): string[] {
  return [...new Set(state.replaceAll('*', '+NOT_RESPONDING').split('+').filter(Boolean))]
}

const BROKEN = ['DOWN', 'FAIL', 'NOT_RESPONDING', 'INVALID', 'ERROR']
const CLOSED = ['DRAIN', 'DRAINED', 'DRAINING', 'MAINT', 'RESERVED', 'POWERED_DOWN', 'PLANNED']
const BUSY = ['ALLOCATED', 'MIXED', 'COMPLETING']

/** Return the state of the page that looks as a node's state is. */
export function lookOfNode(state: string): 'down' | 'degraded' | 'running' | 'up' | 'unknown' {
  const flags = flagsOf(state)
  const has = (some: readonly string[]) => flags.some((flag) => some.includes(flag))
  if (has(BROKEN)) return 'down'
  if (has(CLOSED)) return 'degraded'
  if (has(BUSY)) return 'running'
  return has(['IDLE']) ? 'up' : 'unknown'
}

const WORST = ['down', 'degraded', 'unknown', 'running', 'up']

/** Return which nodes are shown: all, or few of them, the worst first. */
export function nodesShown(nodes: readonly Node[], isWhole: boolean): readonly Node[] {
  if (isWhole || nodes.length <= FEW_NODES) return nodes
  const rank = ({ state }: Node) => WORST.indexOf(lookOfNode(state))
  return nodes.toSorted((one, other) => rank(one) - rank(other)).slice(0, FEW_NODES)
}

const NOT_YET = ['PENDING', 'CONFIGURING', 'REQUEUED']

/** Return since when a job runs or waits: when it will begin, as Slurm guesses, is no news of it. */
export function sinceOf({ state, started_at, submitted_at }: Seen): string | null {
  const waits = NOT_YET.includes(state)
  return (waits ? submitted_at : started_at) ?? submitted_at ?? null
}

/** Return the dispatch that a job of ours runs: `disparo-238-4b20543146b14df7-1` runs 238. */
export function dispatchOf(name: string): string | null {
  return name.match(/^disparo-(\d+)-[0-9a-f]{16}-\d+/)?.[1] ?? null
}
