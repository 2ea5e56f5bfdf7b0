import { keepPreviousData, queryOptions, useMutation, useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { api, body, type Schemas } from '@/shared/api/client'
import { useText } from '@/shared/i18n'
import { useTell } from '@/shared/ui/toasts'
import type { Json } from './draft'

export type Overview = Schemas['Overview']
export type Plan = Schemas['BackfillPlan']
export type Tried = Schemas['Tried']
export type TryoutRequest = Schemas['TryoutRequest']
/** When something would be due, as one types it: what is wrong with it the service says. */
export type Times = Partial<Schemas['Preview']>
const MOST = 500
const REFRESH_MS = 10_000
const FIRES = 5
const EVENTS = 1000

/** What is read of schedules. */
export const scheduleQueries = {
  list: () =>
    queryOptions({
      queryKey: ['schedules', 'list'],
      queryFn: () => body(api.GET('/schedules', { params: { query: { limit: MOST } } })),
      refetchInterval: REFRESH_MS,
    }),
  one: (name: string) =>
    queryOptions({
      queryKey: ['schedules', name],
      queryFn: () => body(api.GET('/schedules/{name}', { params: { path: { name } } })),
      refetchInterval: REFRESH_MS,
    }),
  fires: (name: string) =>
    queryOptions({
      queryKey: ['schedules', name, 'fires'],
      queryFn: () =>
        body(
          api.GET('/schedules/{name}/fires', {
            params: { path: { name }, query: { count: FIRES } },
          }),
        ),
      refetchInterval: REFRESH_MS,
    }),
  events: (name: string) =>
    queryOptions({
      queryKey: ['schedules', name, 'events'],
      queryFn: () =>
        body(
          api.GET('/schedules/{name}/events', {
            params: { path: { name }, query: { limit: EVENTS } },
          }),
        ),
    }),
  /** `revision` is a part of the key: the file changes with it. */
  yaml: (name: string, revision: number) =>
    queryOptions({
      queryKey: ['schedules', name, 'yaml', revision],
      queryFn: async () =>
        String(
          await body(
            api.GET('/schedules/{name}/export', { params: { path: { name } }, parseAs: 'text' }),
          ),
        ),
    }),
  preview: (times: Times) =>
    queryOptions({
      queryKey: ['schedules', 'preview', times],
      queryFn: () =>
        body(api.POST('/schedules/preview', { body: { count: FIRES, ...times } as never })),
      placeholderData: keepPreviousData,
      retry: false,
    }),
  sources: () => queryOptions({ queryKey: ['sources'], queryFn: () => body(api.GET('/sources')) }),
}

function useRefresh(): () => Promise<void> {
  const queries = useQueryClient()
  return () => queries.invalidateQueries({ queryKey: ['schedules'] })
}

/** Create a schedule, or replace one; who was faster is not overwritten. */
export function useSave(there: Overview | undefined) {
  const navigate = useNavigate()
  const refresh = useRefresh()
  return useMutation({
    mutationFn: (document: Json) => {
      if (there === undefined) return body(api.POST('/schedules', { body: document as never }))
      return body(
        api.PUT('/schedules/{name}', {
          params: {
            path: { name: there.name },
            header: { 'if-match': `"${there.revision}"` },
          },
          body: document as never,
        }),
      )
    },
    onSuccess: async ({ name }) => {
      await refresh()
      await navigate({ to: '/schedules/$name', params: { name }, search: {} })
    },
  })
}

/** Collect a few rows and predict them; nothing is stored. */
export function useTry() {
  return useMutation({
    mutationFn: (asked: TryoutRequest) => body(api.POST('/schedules/try', { body: asked })),
  })
}

/** Run it now, for the present moment as its slot. */
export function useRunNow(name: string) {
  const tell = useTell()
  const navigate = useNavigate()
  return useMutation({
    mutationFn: () =>
      body(api.POST('/schedules/{name}/run', { params: { path: { name } }, body: {} as never })),
    onSuccess: ({ id }) => navigate({ to: '/dispatches/$id', params: { id: String(id) } }),
    onError: tell.failed,
  })
}

export function useRemove(name: string) {
  const tell = useTell()
  const navigate = useNavigate()
  const refresh = useRefresh()
  return useMutation({
    mutationFn: () => body(api.DELETE('/schedules/{name}', { params: { path: { name } } })),
    onSuccess: async () => {
      await navigate({ to: '/schedules' })
      await refresh()
    },
    onError: tell.failed,
  })
}

interface Stretch {
  first: string
  until: string
  dryRun: boolean
}

/** Count the slots of a stretch of time, or dispatch them all. */
export function useBackfill(name: string) {
  const { t } = useText()
  const tell = useTell()
  return useMutation({
    mutationFn: ({ first, until, dryRun }: Stretch) =>
      body(
        api.POST('/schedules/{name}/backfill', {
          params: { path: { name } },
          body: { first, until, dry_run: dryRun } as never,
        }),
      ),
    onSuccess: (_, { dryRun }) => {
      if (!dryRun) tell.done(t.schedules.backfillOrdered)
    },
    onError: tell.failed,
  })
}
