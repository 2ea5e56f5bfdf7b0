import { queryOptions, useQuery } from '@tanstack/react-query'
import { api, body, type Schemas } from '@/shared/api/client'

export type Role = Schemas['Role']
const RANKS: Record<Role, number> = { viewer: 0, operator: 1, admin: 2 }
const MINUTE_MS = 60_000

export const sessionQuery = queryOptions({
  queryKey: ['session'],
  queryFn: () => body(api.GET('/session')),
  staleTime: MINUTE_MS,
  refetchInterval: 5 * MINUTE_MS,
})

/** Return whether whoever is logged in may what this role may; until that is known, no. */
export function useMay(needed: Role): boolean {
  return useWhatOneMay()(needed)
}

/** Return what tells whether whoever is logged in may what a role may. */
export function useWhatOneMay(): (needed: Role) => boolean {
  const { data } = useQuery(sessionQuery)
  return (needed) => data !== undefined && RANKS[data.role] >= RANKS[needed]
}
