import { queryOptions, useMutation, useQueryClient } from '@tanstack/react-query'
import { api, body } from '@/shared/api/client'
import { useTell } from '@/shared/ui/toasts'
import type { Expectation } from './feed'
import { feed } from './useMonitor'

const REFRESH_MS = 30_000
const CLUSTER_MS = 10_000
const ALERTS = 8
const FLIPS = 12

/** What is read for the Monitor beside its own feed. */
export const monitorQueries = {
  history: () =>
    queryOptions({
      queryKey: ['monitor', 'history'],
      queryFn: () => body(api.GET('/monitor/history')),
      refetchInterval: REFRESH_MS,
    }),
  alerts: () =>
    queryOptions({
      queryKey: ['alerts', { limit: ALERTS }],
      queryFn: () => body(api.GET('/alerts', { params: { query: { limit: ALERTS } } })),
      refetchInterval: REFRESH_MS,
    }),
  /** The cluster; where there is none, nobody asks again. */
  slurm: () =>
    queryOptions({
      queryKey: ['monitor', 'slurm'],
      queryFn: () => body(api.GET('/monitor/slurm')),
      refetchInterval: ({ state: { data } }) => (data?.enabled === false ? false : CLUSTER_MS),
    }),
  check: (name: string) =>
    queryOptions({
      queryKey: ['checks', name],
      queryFn: () => body(api.GET('/checks/{name}', { params: { path: { name } } })),
      refetchInterval: REFRESH_MS,
    }),
  flips: (name: string) =>
    queryOptions({
      queryKey: ['checks', name, 'flips'],
      queryFn: () =>
        body(
          api.GET('/checks/{name}/flips', {
            params: { path: { name }, query: { limit: FLIPS } },
          }),
        ),
      refetchInterval: REFRESH_MS,
    }),
}

function paused(name: string, isPaused: boolean): Expectation {
  return {
    about: `schedule ${name}`,
    change: (document) => ({
      ...document,
      schedules: document.schedules.map((one) =>
        one.name === name ? { ...one, paused: isPaused } : one,
      ),
    }),
    isMet: ({ schedules }) =>
      schedules.every((one) => one.name !== name || one.paused === isPaused),
  }
}

function halted(isHalted: boolean): Expectation {
  return {
    about: 'scheduler',
    change: (document) => {
      const { service } = document
      const state = isHalted ? 'paused' : 'running'
      return { ...document, service: { ...service, scheduler: { ...service.scheduler, state } } }
    },
    isMet: ({ service }) => (service.scheduler.state === 'paused') === isHalted,
  }
}

/** Switch one schedule on or off: seen at once, and taken back if the service refuses. */
export function useScheduleSwitch(name: string) {
  const tell = useTell()
  const queries = useQueryClient()
  return useMutation({
    mutationFn: (isOn: boolean) => {
      const params = { path: { name } }
      return body(
        isOn
          ? api.POST('/schedules/{name}/resume', { params })
          : api.POST('/schedules/{name}/pause', { params }),
      )
    },
    onMutate: (isOn) => feed.expect(paused(name, !isOn)),
    onError: (error, _, takeBack) => {
      takeBack?.()
      tell.failed(error)
    },
    onSettled: () =>
      Promise.all([feed.ask(), queries.invalidateQueries({ queryKey: ['schedules'] })]),
  })
}

/** Switch the whole scheduler on or off. */
export function useSchedulerSwitch() {
  const tell = useTell()
  return useMutation({
    mutationFn: (isOn: boolean) =>
      body(isOn ? api.POST('/monitor/scheduler/resume') : api.POST('/monitor/scheduler/pause')),
    onMutate: (isOn) => feed.expect(halted(!isOn)),
    onError: (error, _, takeBack) => {
      takeBack?.()
      tell.failed(error)
    },
    onSettled: () => feed.ask(),
  })
}

/** Pause a check, or let it go on. */
export function useCheckSwitch(name: string) {
  const tell = useTell()
  const queries = useQueryClient()
  return useMutation({
    mutationFn: (isOn: boolean) => {
      const params = { path: { name } }
      return body(
        isOn
          ? api.POST('/checks/{name}/resume', { params })
          : api.POST('/checks/{name}/pause', { params }),
      )
    },
    onSuccess: (check) => queries.setQueryData(monitorQueries.check(name).queryKey, check),
    onError: tell.failed,
    onSettled: () => feed.ask(),
  })
}

/** Look now, once; nothing is recorded of it. */
export function useLookNow(name: string) {
  const tell = useTell()
  return useMutation({
    mutationFn: () => body(api.POST('/checks/{name}/test', { params: { path: { name } } })),
    onError: tell.failed,
  })
}
