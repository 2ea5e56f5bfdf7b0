import type { Schemas } from '@/shared/api/client'

type Schedule = Schemas['Schedule']
export type Json = Record<string, unknown>
export type Trigger = 'cron' | 'interval' | 'once' | 'hand'

/** A schedule as the form has it: texts and choices, no gaps. */
export interface Draft {
  name: string
  description: string
  model: string
  /** Empty: the one of the settings. */
  launcher: Schemas['Launcher'] | ''
  /** Empty: the live one. */
  version: string
  trigger: Trigger
  cron: string
  every: string
  once: string
  timezone: string
  source: string
  key: string
  query: string
  partitions: number
  partitionBy: Schemas['PartitionBy']
  windowStart: string
  windowEnd: string
  target: string
  table: string
  mode: Schemas['Mode']
  catchUp: Schemas['CatchUp']
  catchUpLimit: number
  overlap: Schemas['Overlap']
  concurrency: number
  retries: number
  retryDelay: string
  timeOut: string
  startDeadline: string
  priority: number
}

const EMPTY: Draft = {
  name: '',
  description: '',
  model: '',
  launcher: '',
  version: '',
  trigger: 'cron',
  cron: '0 6 * * *',
  every: 'PT15M',
  once: '',
  timezone: Intl.DateTimeFormat().resolvedOptions().timeZone || 'UTC',
  source: '',
  key: 'id',
  query: '',
  partitions: 1,
  partitionBy: 'key',
  windowStart: '',
  windowEnd: '',
  target: '',
  table: '',
  mode: 'replace slot',
  catchUp: 'latest',
  catchUpLimit: 100,
  overlap: 'queue',
  concurrency: 1,
  retries: 0,
  retryDelay: 'PT30S',
  timeOut: '',
  startDeadline: '',
  priority: 0,
}

function triggerOf(spec: Schedule): Trigger {
  if (spec.cron) return 'cron'
  if (spec.interval) return 'interval'
  return spec.once ? 'once' : 'hand'
}

/** Return a form of a schedule, or an empty one. */
export function draftOf(spec: Schedule | undefined): Draft {
  if (spec === undefined) return EMPTY
  const { collect, deliver, policies } = spec
  return {
    ...EMPTY,
    name: spec.name,
    description: spec.description ?? '',
    model: spec.model,
    launcher: spec.launcher ?? '',
    version: spec.version ? String(spec.version) : '',
    trigger: triggerOf(spec),
    cron: spec.cron ?? EMPTY.cron,
    every: spec.interval?.every ?? EMPTY.every,
    once: spec.once ?? '',
    timezone: spec.timezone ?? 'UTC',
    source: collect.source,
    key: collect.key,
    query: collect.query,
    partitions: spec.partitions ?? 1,
    partitionBy: spec.partition_by ?? 'key',
    windowStart: collect.window?.start ?? '',
    windowEnd: collect.window?.end ?? '',
    target: deliver.source,
    table: deliver.table,
    mode: deliver.mode ?? EMPTY.mode,
    catchUp: policies?.catch_up ?? EMPTY.catchUp,
    catchUpLimit: policies?.catch_up_limit ?? EMPTY.catchUpLimit,
    overlap: policies?.overlap ?? EMPTY.overlap,
    concurrency: policies?.concurrency ?? 1,
    retries: policies?.retries?.limit ?? 0,
    retryDelay: policies?.retries?.delay ?? EMPTY.retryDelay,
    timeOut: policies?.time_out ?? '',
    startDeadline: policies?.start_deadline ?? '',
    priority: policies?.priority ?? 0,
  }
}

/** Return a schedule of what somebody has written so far, of which parts may be missing. */
export function startOf(begun: Json): Schedule {
  const empty = { name: '', model: '' }
  const collect = { source: '', key: '', query: '' }
  return merged({ ...empty, collect, deliver: { source: '', table: '' } }, begun) as never
}

/** Return when it is due, as the service takes it; null takes a field back. */
export function timesOf(draft: Draft, spec?: Schedule) {
  const { trigger } = draft
  return {
    cron: trigger === 'cron' ? draft.cron : null,
    // The phase of an interval is no part of the form.
    interval: trigger === 'interval' ? { ...spec?.interval, every: draft.every } : null,
    once: trigger === 'once' ? draft.once : null,
    timezone: draft.timezone,
  }
}

/** Return what the form says, as a merge patch of what was before. */
export function bodyOf(draft: Draft, spec?: Schedule) {
  const hasWindow = draft.windowStart !== '' || draft.windowEnd !== ''
  return {
    name: draft.name,
    description: draft.description,
    model: draft.model,
    launcher: draft.launcher || null,
    version: draft.version ? Number(draft.version) : null,
    ...timesOf(draft, spec),
    collect: {
      source: draft.source,
      key: draft.key,
      query: draft.query,
      window: hasWindow ? { start: draft.windowStart, end: draft.windowEnd } : null,
    },
    partitions: draft.partitions,
    partition_by: draft.partitionBy,
    deliver: { source: draft.target, table: draft.table, mode: draft.mode },
    policies: {
      catch_up: draft.catchUp,
      catch_up_limit: draft.catchUpLimit,
      overlap: draft.overlap,
      concurrency: draft.concurrency,
      retries: { limit: draft.retries, delay: draft.retryDelay || null },
      time_out: draft.timeOut || null,
      start_deadline: draft.startDeadline || null,
      priority: draft.priority,
    },
  }
}

export function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Return a document with changes put into it, as RFC 7396 says; null takes a field out. */
export function merged(before: unknown, change: Json): Json {
  const result: Json = isObject(before) ? { ...before } : {}
  for (const [name, value] of Object.entries(change)) {
    if (value === null) delete result[name]
    else result[name] = isObject(value) ? merged(result[name], value) : value
  }
  return result
}

/** Return the whole schedule that a form stands for; what the form does not show stays. */
export function documentOf(draft: Draft, before: Json | undefined): Json {
  return merged(before, bodyOf(draft, before && startOf(before)))
}
