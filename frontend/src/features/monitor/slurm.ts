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
/** One that is switched off until it is needed, or planned for a job, takes jobs. */
const CLOSED = ['DRAIN', 'DRAINED', 'DRAINING', 'MAINT', 'RESERVED']
const BUSY = ['ALLOCATED', 'MIXED', 'COMPLETING']

/** States of the page as which nodes are shown. */
export type Look = 'down' | 'degraded' | 'running' | 'up' | 'unknown'

/** Return the state of the page that looks as a node's state is. */
export function lookOfNode(state: string): Look {
  const flags = flagsOf(state)
  const has = (some: readonly string[]) => flags.some((flag) => some.includes(flag))
  if (has(BROKEN)) return 'down'
  if (has(CLOSED)) return 'degraded'
  if (has(BUSY)) return 'running'
  return has(['IDLE']) ? 'up' : 'unknown'
}

const WORST: readonly Look[] = ['down', 'degraded', 'unknown', 'running', 'up']

/** Return which nodes are shown: all, or few of them, the worst first. */
export function nodesShown(nodes: readonly Node[], isWhole: boolean): readonly Node[] {
  if (isWhole || nodes.length <= FEW_NODES) return nodes
  const rank = ({ state }: Node) => WORST.indexOf(lookOfNode(state))
  return nodes.toSorted((one, other) => rank(one) - rank(other)).slice(0, FEW_NODES)
}

/** A partition at a glance. */
export interface Partition {
  name: string
  nodes: number
  /** How many of its nodes look how, the worst first. */
  looks: readonly (readonly [Look, number])[]
  processors: number
  busy: number
}

/** Return the partitions by name: a node in several counts in each. */
export function partitionsOf(nodes: readonly Node[]): Partition[] {
  const members = new Map<string, Node[]>()
  for (const node of nodes)
    for (const name of node.partitions ?? [])
      members.set(name, [...(members.get(name) ?? []), node])
  return [...members]
    .map(([name, all]) => partitionOf(name, all))
    .toSorted((one, other) => one.name.localeCompare(other.name))
}

function partitionOf(name: string, nodes: readonly Node[]): Partition {
  const found = nodes.map(({ state }) => lookOfNode(state))
  const counted = WORST.map((look) => [look, found.filter((one) => one === look).length] as const)
  const sum = (part: (node: Node) => number | null | undefined) =>
    nodes.reduce((all, node) => all + (part(node) ?? 0), 0)
  return {
    name,
    nodes: nodes.length,
    looks: counted.filter(([, count]) => count > 0),
    processors: sum((node) => node.processors),
    busy: sum((node) => node.busy_processors),
  }
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
