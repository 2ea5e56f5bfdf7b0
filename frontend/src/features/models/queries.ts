import { queryOptions } from '@tanstack/react-query'
import { api, body, type Schemas } from '@/shared/api/client'

export type Version = Schemas['Version']
export type Model = Schemas['ServedModel']
const EVENTS = 1000
const LOOKS = 100
const MINUTE_MS = 60_000
const LOADING_MS = 1000

/** While something is being loaded it is looked at again soon: it takes seconds. */
const again = (models: readonly Model[] | undefined) =>
  models?.some((one) => one.load?.state === 'loading') ? LOADING_MS : false

/** What is read of models and their versions. */
export const modelQueries = {
  all: () =>
    queryOptions({
      queryKey: ['models'],
      queryFn: () => body(api.GET('/models')),
      refetchInterval: ({ state }) => again(state.data?.items),
    }),
  one: (name: string) =>
    queryOptions({
      queryKey: ['models', name],
      queryFn: () => body(api.GET('/models/{name}', { params: { path: { name } } })),
      refetchInterval: ({ state }) => again(state.data && [state.data]),
    }),
  versions: (name: string) =>
    queryOptions({
      queryKey: ['models', name, 'versions'],
      queryFn: () => body(api.GET('/models/{name}/versions', { params: { path: { name } } })),
    }),
  events: (name: string) =>
    queryOptions({
      queryKey: ['models', name, 'events'],
      queryFn: () =>
        body(
          api.GET('/models/{name}/events', {
            params: { path: { name }, query: { limit: EVENTS } },
          }),
        ),
    }),
  gate: (name: string, number: number) =>
    queryOptions({
      queryKey: ['models', name, 'gate', number],
      queryFn: () =>
        body(
          api.GET('/models/{name}/versions/{number}/gate', { params: { path: { name, number } } }),
        ),
      staleTime: 0,
      gcTime: 0,
      retry: false,
    }),
  run: (model: string, versions: number[]) =>
    queryOptions({
      queryKey: ['models', model, 'run', versions],
      queryFn: () => body(api.POST('/showroom/cases/run', { body: { model, versions } as never })),
      staleTime: MINUTE_MS,
      retry: false,
    }),
  performance: (name: string, since: string | undefined) =>
    queryOptions({
      queryKey: ['models', name, 'performance', since],
      queryFn: () =>
        body(
          api.GET('/models/{name}/performance', { params: { path: { name }, query: { since } } }),
        ),
      staleTime: MINUTE_MS,
    }),
  series: (name: string, since: string, parts: number) =>
    queryOptions({
      queryKey: ['models', name, 'series', since, parts],
      queryFn: () =>
        body(
          api.GET('/models/{name}/performance/series', {
            params: { path: { name }, query: { since, parts } },
          }),
        ),
      staleTime: MINUTE_MS,
    }),
  health: (name: string, version: number, origin: Schemas['HealthOrigin']) =>
    queryOptions({
      queryKey: ['models', name, 'health', version, origin],
      queryFn: () =>
        body(
          api.GET('/models/{name}/health', {
            params: { path: { name }, query: { version, origin, limit: LOOKS } },
          }),
        ),
      staleTime: MINUTE_MS,
    }),
}
