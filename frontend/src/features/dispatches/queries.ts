import {
  infiniteQueryOptions,
  queryOptions,
  useMutation,
  useQueryClient,
} from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { api, body, type Schemas } from '@/shared/api/client'
import { now } from '@/shared/time/clock'
import { midnight } from '@/shared/time/day'
import { useTell } from '@/shared/ui/toasts'

export type Dispatch = Schemas['Dispatch']
export type Brief = Schemas['Brief']
export type Task = Schemas['DispatchTask']
export type DispatchState = Schemas['DispatchState']

/** What the list shows; it stands in the address. */
export interface Filters {
  schedule?: string
  state?: DispatchState
  kind?: Schemas['DispatchKind']
  /** The last day whose slots are shown, `YYYY-MM-DD`. */
  to?: string
}

const PAGE = 100
/** Who goes on wants to go far. */
const NEXT_PAGE = 500
const MOST_DRAWN = 2_000
/** Where there is no stream of what happens. */
export const REFRESH_MS = 5_000
const MINUTE_MS = 60_000
const RUNNING_MS = 1_000
const ROWS = 10

/** On the minute, where no instant is chosen: so that it is another one once a minute only. */
export function untilOf(at: string | undefined): number {
  return at ? Date.parse(at) : Math.ceil(now() / MINUTE_MS) * MINUTE_MS
}

export function isOver(state: DispatchState): boolean {
  return state !== 'queued' && state !== 'running'
}

/** How far they are is no news of the Monitor's stream. */
function isAnyRunning(data: { pages: { items: Brief[] }[] } | undefined): boolean {
  return data?.pages[0]?.items.some(({ state }) => state === 'running') ?? false
}

/** What is read of dispatches. */
export const dispatchQueries = {
  list: ({ to, ...filters }: Filters, every: number) =>
    infiniteQueryOptions({
      queryKey: ['dispatches', 'list', filters, to],
      queryFn: ({ pageParam }) => {
        const part = pageParam === null ? { limit: PAGE } : { limit: NEXT_PAGE, cursor: pageParam }
        const query = { ...filters, until: midnight(to, 1), ...part }
        return body(api.GET('/dispatches/brief', { params: { query } }))
      },
      initialPageParam: null as number | null,
      getNextPageParam: (page) => (page.next as number | null) ?? null,
      // Comparing all pages with what they were takes longer, the more there are.
      structuralSharing: false,
      // Further pages are looked at, not followed.
      refetchInterval: ({ state: { data } }) =>
        (data?.pages.length ?? 0) > 1 ? false : isAnyRunning(data) ? REFRESH_MS : every,
    }),
  /** What ran in so many milliseconds up to an instant, or up to now: then it moves on by itself. */
  timeline: (length: number, at: string | undefined, schedule: string | undefined, every: number) =>
    queryOptions({
      queryKey: ['dispatches', 'timeline', length, at ?? 'now', schedule],
      queryFn: () => {
        const until = untilOf(at)
        const [first, last] = [until - length, until].map((one) => new Date(one).toISOString())
        const query = { since: first as string, until: last as string, schedule }
        return body(
          api.GET('/dispatches/timeline', { params: { query: { ...query, limit: MOST_DRAWN } } }),
        )
      },
      refetchInterval: at === undefined ? every : false,
    }),
  /** The one before a dispatch of the same schedule; null: it is the first. */
  previous: ({ id, schedule }: Pick<Dispatch, 'id' | 'schedule'>) =>
    queryOptions({
      queryKey: ['dispatches', id, 'previous'],
      queryFn: async () => {
        const query = { schedule, cursor: id, limit: 1 }
        const { items } = await body(api.GET('/dispatches', { params: { query } }))
        return items[0] ?? null
      },
      staleTime: Number.POSITIVE_INFINITY,
    }),
  one: (id: number) =>
    queryOptions({
      queryKey: ['dispatches', id],
      queryFn: () =>
        body(api.GET('/dispatches/{dispatch_id}', { params: { path: { dispatch_id: id } } })),
      refetchInterval: ({ state }) =>
        state.data && !isOver(state.data.state) ? RUNNING_MS : false,
    }),
  tasks: (id: number, state: DispatchState) =>
    queryOptions({
      queryKey: ['dispatches', id, 'tasks', state],
      queryFn: () =>
        body(api.GET('/dispatches/{dispatch_id}/tasks', { params: { path: { dispatch_id: id } } })),
      refetchInterval: isOver(state) ? false : RUNNING_MS,
    }),
  /** `state` is a part of the key: what happened and what was delivered changes with it. */
  events: (id: number, state: DispatchState) =>
    queryOptions({
      queryKey: ['dispatches', id, 'events', state],
      queryFn: () =>
        body(
          api.GET('/dispatches/{dispatch_id}/events', { params: { path: { dispatch_id: id } } }),
        ),
    }),
  rows: (id: number, state: DispatchState) =>
    queryOptions({
      queryKey: ['dispatches', id, 'rows', state],
      queryFn: () =>
        body(
          api.GET('/dispatches/{dispatch_id}/rows', {
            params: { path: { dispatch_id: id }, query: { limit: ROWS } },
          }),
        ),
      enabled: isOver(state),
      retry: false,
    }),
}

/** Cancel a dispatch: at once where it waits, within seconds where it runs. */
export function useCancel(id: number) {
  const tell = useTell()
  const queries = useQueryClient()
  return useMutation({
    mutationFn: () =>
      body(api.POST('/dispatches/{dispatch_id}/cancel', { params: { path: { dispatch_id: id } } })),
    onSuccess: (dispatch) => queries.setQueryData(dispatchQueries.one(id).queryKey, dispatch),
    onError: tell.failed,
  })
}

/** Run the failed tasks of a dispatch again; what the others have staged is kept. */
export function useRerunTasks(id: number) {
  const tell = useTell()
  const queries = useQueryClient()
  return useMutation({
    mutationFn: () =>
      body(
        api.POST('/dispatches/{dispatch_id}/tasks/rerun', {
          params: { path: { dispatch_id: id } },
        }),
      ),
    onSuccess: (dispatch) => queries.setQueryData(dispatchQueries.one(id).queryKey, dispatch),
    onError: tell.failed,
  })
}

/** Queue what a dispatch did once more, and go there. */
export function useRerun(id: number) {
  const tell = useTell()
  const navigate = useNavigate()
  return useMutation({
    mutationFn: () =>
      body(api.POST('/dispatches/{dispatch_id}/rerun', { params: { path: { dispatch_id: id } } })),
    onSuccess: (dispatch) =>
      navigate({ to: '/dispatches/$id', params: { id: String(dispatch.id) } }),
    onError: tell.failed,
  })
}
