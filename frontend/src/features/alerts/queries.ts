import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query'
import { ifMatch, useAction } from '@/shared/actions'
import { api, body, type Schemas } from '@/shared/api/client'
import { useText } from '@/shared/i18n'

export type Alert = Schemas['Alert']
export type AlertState = Schemas['AlertState']
export type RuleOverview = Schemas['RuleOverview']
export type Rule = Schemas['Rule']
export type ChannelOverview = Schemas['ChannelOverview']
export type Channel = Schemas['Channel']
export type StoredWindow = Schemas['StoredMaintenance']
export type Maintenance = Schemas['Maintenance']

const ALERTS = ['alerts'] as const
const WINDOWS = ['windows'] as const
const PAGE = 50
const MOST = 500
const REFRESH_MS = 10_000

/** What is read of alerts, of who is told of what, where, and when nobody is. */
export const alertQueries = {
  list: (state: AlertState | undefined) =>
    infiniteQueryOptions({
      queryKey: [...ALERTS, 'list', state ?? 'all'],
      queryFn: ({ pageParam }) =>
        body(
          api.GET('/alerts', {
            params: { query: { state, limit: PAGE, cursor: pageParam ?? undefined } },
          }),
        ),
      initialPageParam: null as number | null,
      getNextPageParam: ({ next }) => (next as number | null) ?? null,
      refetchInterval: ({ state: { data } }) =>
        (data?.pages.length ?? 0) > 1 ? false : REFRESH_MS,
    }),
  rules: () =>
    queryOptions({
      queryKey: [...ALERTS, 'rules'],
      queryFn: () => body(api.GET('/alerts/rules', { params: { query: { limit: MOST } } })),
    }),
  channels: () =>
    queryOptions({
      queryKey: [...ALERTS, 'channels'],
      queryFn: () => body(api.GET('/alerts/channels', { params: { query: { limit: MOST } } })),
    }),
  windows: () =>
    queryOptions({ queryKey: WINDOWS, queryFn: () => body(api.GET('/monitor/windows')) }),
}

export function useRetry(number: number) {
  return useAction(
    () => body(api.POST('/alerts/{number}/retry', { params: { path: { number } } })),
    { refresh: [ALERTS] },
  )
}

/** Where a change goes: to the thing of this name, unless somebody else was faster. */
function to(there: { name: string; revision: number }) {
  return { path: { name: there.name }, header: ifMatch(there.revision) }
}

const QUIET = { isToldThere: true } as const

export function useSaveRule(there: RuleOverview | undefined) {
  return useAction(
    (rule: Rule) =>
      body(
        there
          ? api.PUT('/alerts/rules/{name}', { params: to(there), body: rule })
          : api.POST('/alerts/rules', { body: rule }),
      ),
    { refresh: [ALERTS], ...QUIET },
  )
}

export function useRemoveRule(there: RuleOverview) {
  return useAction(() => body(api.DELETE('/alerts/rules/{name}', { params: to(there) })), {
    refresh: [ALERTS],
    ...QUIET,
  })
}

/** Create or replace a channel; stars that are sent back stand for the secret that is kept. */
export function useSaveChannel(there: ChannelOverview | undefined) {
  return useAction(
    (channel: Channel) =>
      body(
        there
          ? api.PUT('/alerts/channels/{name}', { params: to(there), body: channel })
          : api.POST('/alerts/channels', { body: channel }),
      ),
    { refresh: [ALERTS], ...QUIET },
  )
}

export function useRemoveChannel(there: ChannelOverview) {
  return useAction(() => body(api.DELETE('/alerts/channels/{name}', { params: to(there) })), {
    refresh: [ALERTS],
    ...QUIET,
  })
}

/** Send a test by a channel; it is no alert on record. */
export function useTestChannel(name: string) {
  return useAction(
    () => body(api.POST('/alerts/channels/{name}/test', { params: { path: { name } } })),
    { refresh: [], ...QUIET },
  )
}

export function useSaveWindow(there: StoredWindow | undefined) {
  return useAction(
    (window: Maintenance) =>
      body(
        there
          ? api.PUT('/monitor/windows/{name}', { params: to(there), body: window })
          : api.POST('/monitor/windows', { body: window }),
      ),
    { refresh: [WINDOWS], ...QUIET },
  )
}

export function useRemoveWindow(there: StoredWindow) {
  return useAction(() => body(api.DELETE('/monitor/windows/{name}', { params: to(there) })), {
    refresh: [WINDOWS],
    ...QUIET,
  })
}

/** Return what troubles are called, as choices. */
export function useTroubles(): { value: Schemas['Trouble']; label: string }[] {
  const { t } = useText()
  const states = ['down', 'degraded', 'unknown', 'paused', 'failed', 'timed_out', 'lost'] as const
  return [...states, 'drifted' as const].map((value) => ({ value, label: t.states[value] }))
}
