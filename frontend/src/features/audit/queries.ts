import { infiniteQueryOptions } from '@tanstack/react-query'
import { api, body, type Schemas } from '@/shared/api/client'
import { midnight } from '@/shared/time/day'

export type Entry = Schemas['AuditEntry']

/** Which lines of the audit are shown; it stands in the address. */
export interface Filters {
  actor?: string
  noun?: string
  subject?: string
  name?: string
  address?: string
  request?: string
  /** Days, `YYYY-MM-DD`, the last one whole. */
  since?: string
  until?: string
}

const PAGE = 50

/** Return the filters as the service takes them. */
export function asked({ since, until, ...words }: Filters) {
  return { ...words, since: midnight(since), until: midnight(until, 1) }
}

export const auditQueries = {
  list: (filters: Filters) =>
    infiniteQueryOptions({
      queryKey: ['audit', filters],
      queryFn: ({ pageParam }) =>
        body(
          api.GET('/audit', {
            params: { query: { ...asked(filters), limit: PAGE, cursor: pageParam ?? undefined } },
          }),
        ),
      initialPageParam: null as number | null,
      getNextPageParam: ({ next }) => (next as number | null) ?? null,
    }),
}

/** Return where all that fits is to be had as a file. */
export function exportAddress(filters: Filters, format: Schemas['AuditFormat']): string {
  const given = Object.entries(asked(filters)).filter(([, value]) => value) as [string, string][]
  return `/audit/export?${new URLSearchParams([...given, ['format', format]])}`
}
