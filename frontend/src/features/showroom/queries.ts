import {
  infiniteQueryOptions,
  keepPreviousData,
  queryOptions,
  useMutation,
  useQueryClient,
} from '@tanstack/react-query'
import { api, body, type Schemas } from '@/shared/api/client'
import { useTell } from '@/shared/ui/toasts'
import type { Answer, Question, Scalar } from './types'

const STORED = 1000
const RECENT = 15
/** Where there is no stream of what happens. */
export const RECENT_MS = 5_000
export const RECENTS = ['showroom', 'predictions']

export type Kind = Schemas['PredictionKind']

/** Which predictions are shown; the names are those of the interface. */
export interface RecentFilters {
  /** All kinds, where it is left out. */
  kind?: Kind
  version?: number
  label?: string
  outcome?: boolean
  text?: string
}

/** Ask a model. The service describes each live model's own form of it. */
function ask({ explain, ...asked }: Question, trial: boolean): Promise<Answer> {
  const answer = api.POST('/showroom/predictions', {
    params: { query: { explain, trial } },
    body: asked as never,
  })
  return body(answer) as Promise<unknown> as Promise<Answer>
}

/** What is asked for the Showroom. */
export const showroomQueries = {
  answer: (question: Question, isReady: boolean) =>
    queryOptions({
      queryKey: ['showroom', 'answer', question],
      // What is asked while a form is filled in is a trial: it counts nowhere.
      queryFn: () => ask(question, true),
      enabled: isReady,
      placeholderData: keepPreviousData,
      // Each answer is put on record: the same question is not asked twice.
      staleTime: Number.POSITIVE_INFINITY,
      retry: false,
    }),
  cases: (model: string) =>
    queryOptions({
      queryKey: ['showroom', 'cases', model],
      queryFn: () =>
        body(api.GET('/showroom/cases', { params: { query: { model, limit: STORED } } })),
    }),
  recent: (model: string, filters: RecentFilters, every: number) =>
    infiniteQueryOptions({
      queryKey: [...RECENTS, model, filters],
      queryFn: ({ pageParam }) =>
        body(
          api.GET('/showroom/predictions', {
            params: { query: { model, ...filters, limit: RECENT, cursor: pageParam ?? undefined } },
          }),
        ),
      initialPageParam: null as string | null,
      getNextPageParam: (page) => (page.next as string | null) ?? null,
      // Further pages are looked at, not followed.
      refetchInterval: ({ state }) => ((state.data?.pages.length ?? 0) > 1 ? false : every),
    }),
  record: (id: string) =>
    queryOptions({
      queryKey: ['showroom', 'record', id],
      queryFn: () =>
        body(
          api.GET('/showroom/predictions/{request_id}', { params: { path: { request_id: id } } }),
        ),
    }),
}

/** Ask once more what was tried, as a live request. */
export function useAsk() {
  const tell = useTell()
  const queries = useQueryClient()
  return useMutation({
    mutationFn: (question: Question) => ask(question, false),
    onSuccess: () => queries.invalidateQueries({ queryKey: RECENTS }),
    onError: tell.failed,
  })
}

/** Answer a request on record again, by a version. */
export function useReplay(id: string) {
  const tell = useTell()
  return useMutation({
    mutationFn: (version: number | undefined) =>
      body(
        api.POST('/showroom/predictions/{request_id}/replay', {
          params: { path: { request_id: id } },
          body: version === undefined ? {} : { version },
        }),
      ),
    onError: tell.failed,
  })
}

/** Tell what turned out to be true of a case; null takes it back. */
export function useOutcome(id: string) {
  const tell = useTell()
  const queries = useQueryClient()
  return useMutation({
    mutationFn: ({ number, outcome }: { number: number; outcome: Scalar }) =>
      body(
        api.PUT('/showroom/predictions/{request_id}/outcome', {
          params: { path: { request_id: id } },
          body: { case: number, outcome } as never,
        }),
      ),
    onSuccess: () =>
      queries.invalidateQueries({
        queryKey: ['showroom'],
        refetchType: 'active',
        predicate: ({ queryKey }) => queryKey[1] !== 'answer',
      }),
    onError: tell.failed,
  })
}
