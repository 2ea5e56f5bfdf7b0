import type { Check, Kind } from './queries'

/** The kinds that the form makes; others are declared in files, and edited here in part. */
export const MADE_HERE = ['host', 'database', 'http'] as const
export type MadeHere = (typeof MADE_HERE)[number]

/** A check as the form has it: texts and numbers, no gaps. */
export interface Draft {
  name: string
  description: string
  kind: Kind
  address: string
  port: number
  source: string
  table: string
  url: string
  method: 'GET' | 'HEAD' | 'POST' | 'OPTIONS'
  status: number | null
  contains: string
  redirects: number
  certificateDays: number
  every: number
  timeout: number
  retries: number
  slowAfter: number | null
  dependsOn: string[]
}

const EMPTY: Draft = {
  name: '',
  description: '',
  kind: 'host',
  address: '',
  port: 443,
  source: '',
  table: '',
  url: 'https://',
  method: 'GET',
  status: null,
  contains: '',
  redirects: 0,
  certificateDays: 14,
  every: 60,
  timeout: 10,
  retries: 2,
  slowAfter: null,
  dependsOn: [],
}

function ofTarget(target: Check['target']): Partial<Draft> {
  switch (target.kind) {
    case 'host':
      return { kind: 'host', address: target.address, port: target.port }
    case 'database':
      return { kind: 'database', source: target.source, table: target.table ?? '' }
    case 'http':
      return {
        kind: 'http',
        url: target.url,
        method: target.method,
        status: target.status ?? null,
        contains: target.contains ?? '',
        redirects: target.redirects,
        certificateDays: target.certificate_days,
      }
    default:
      return { kind: target.kind }
  }
}

/** Return a form of a check, or an empty one. */
export function draftOf(spec: Check | null | undefined): Draft {
  if (!spec) return EMPTY
  return {
    ...EMPTY,
    ...ofTarget(spec.target),
    name: spec.name,
    description: spec.description ?? '',
    every: spec.every,
    timeout: spec.timeout,
    retries: spec.retries,
    slowAfter: spec.slow_after ?? null,
    dependsOn: [...(spec.depends_on ?? [])],
  }
}

/** Return the target that the form says; what the form does not know of one that is there stays. */
function targetOf(draft: Draft, there: Check['target'] | undefined): Check['target'] {
  const kept = there?.kind === draft.kind ? there : undefined
  switch (draft.kind) {
    case 'host':
      return { kind: 'host', address: draft.address.trim(), port: draft.port }
    case 'database':
      return { kind: 'database', source: draft.source, table: draft.table.trim() || null }
    case 'http':
      return {
        ...(kept as object),
        kind: 'http',
        url: draft.url.trim(),
        method: draft.method,
        status: draft.status,
        contains: draft.contains || null,
        redirects: draft.redirects,
        certificate_days: draft.certificateDays,
      }
    default:
      if (kept === undefined) throw new Error(`the form makes no check of the kind ${draft.kind}`)
      return kept
  }
}

/** Return what the form says, as the service takes it. */
export function checkOf(draft: Draft, there: Check | null | undefined): Check {
  return {
    name: draft.name.trim(),
    description: draft.description,
    target: targetOf(draft, there?.target),
    every: draft.every,
    timeout: draft.timeout,
    retries: draft.retries,
    slow_after: draft.slowAfter,
    depends_on: draft.dependsOn,
  }
}
