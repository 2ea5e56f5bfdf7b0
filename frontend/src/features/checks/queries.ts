import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { feed } from '@/features/monitor/useMonitor'
import { ifMatch, useAction } from '@/shared/actions'
import { api, body, type Schemas } from '@/shared/api/client'

export type CheckView = Schemas['CheckView']
export type Check = Schemas['Check']
export type Kind = Check['target']['kind']
export type Width = Schemas['Width']

/** What the list shows; it stands in the address. */
export interface Filters {
  of?: Kind
  is?: Schemas['State']
}

const CHECKS = ['checks'] as const
const PAGE = 100
const RESULTS = 50
const EVENTS = 30
const REFRESH_MS = 10_000

/** What is read of checks. */
export const checkQueries = {
  list: ({ of: kind, is: state }: Filters) =>
    infiniteQueryOptions({
      queryKey: [...CHECKS, 'list', { kind, state }],
      queryFn: ({ pageParam }) =>
        body(
          api.GET('/checks', {
            params: { query: { kind, state, limit: PAGE, cursor: pageParam } },
          }),
        ),
      initialPageParam: '',
      getNextPageParam: ({ next }) => next as string | null,
      refetchInterval: REFRESH_MS,
    }),
  one: (name: string) =>
    queryOptions({
      queryKey: [...CHECKS, name],
      queryFn: () => body(api.GET('/checks/{name}', { params: { path: { name } } })),
      refetchInterval: REFRESH_MS,
    }),
  results: (name: string, by: Width) =>
    infiniteQueryOptions({
      queryKey: [...CHECKS, name, 'results', by],
      queryFn: ({ pageParam }) =>
        body(
          api.GET('/checks/{name}/results', {
            params: {
              path: { name },
              query: { by, limit: RESULTS, cursor: pageParam ?? undefined },
            },
          }),
        ),
      initialPageParam: null as number | null,
      getNextPageParam: ({ next }) => (next as number | null) ?? null,
      // Further pages are looked at, not followed.
      refetchInterval: ({ state }) => ((state.data?.pages.length ?? 0) > 1 ? false : REFRESH_MS),
    }),
  events: (name: string) =>
    queryOptions({
      queryKey: [...CHECKS, name, 'events'],
      queryFn: () =>
        body(
          api.GET('/checks/{name}/events', {
            params: { path: { name }, query: { limit: EVENTS } },
          }),
        ),
    }),
  sources: () => queryOptions({ queryKey: ['sources'], queryFn: () => body(api.GET('/sources')) }),
}

/** Create a check, or replace the one that is there; who was faster is not overwritten. */
export function useSaveCheck(there: CheckView | undefined) {
  const navigate = useNavigate()
  return useAction(
    async (check: Check) => {
      const saved = there
        ? await body(
            api.PUT('/checks/{name}', {
              params: { path: { name: there.name }, header: ifMatch(there.revision) },
              body: check,
            }),
          )
        : await body(api.POST('/checks', { body: check }))
      void feed.ask()
      await navigate({ to: '/checks/$name', params: { name: saved.name }, search: {} })
    },
    { refresh: [CHECKS], isToldThere: true },
  )
}

/** Look once at what the check would look at; nothing is recorded. */
export function useTry() {
  return useAction((check: Check) => body(api.POST('/checks/try', { body: check })), {
    refresh: [],
    isToldThere: true,
  })
}

export function useRemoveCheck({ name, revision }: CheckView) {
  const navigate = useNavigate()
  return useAction(
    async () => {
      await body(
        api.DELETE('/checks/{name}', { params: { path: { name }, header: ifMatch(revision) } }),
      )
      void feed.ask()
      await navigate({ to: '/checks' })
    },
    { refresh: [[...CHECKS, 'list']], isToldThere: true },
  )
}
