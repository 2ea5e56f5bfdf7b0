import { queryOptions, useMutation, useQueryClient } from '@tanstack/react-query'
import { api, body, type Schemas } from '@/shared/api/client'

export type Version = Schemas['Version']
const EVENTS = 30

/** What is read of models and their versions. */
export const modelQueries = {
  all: () => queryOptions({ queryKey: ['models'], queryFn: () => body(api.GET('/models')) }),
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
}

/** Make a version the live one; the gate may refuse it, and says why. */
export function usePromote(name: string) {
  const queries = useQueryClient()
  return useMutation({
    mutationFn: ({ number, force }: { number: number; force: boolean }) =>
      body(
        api.POST('/models/{name}/versions/{number}/promote', {
          params: { path: { name, number }, query: { force } },
        }),
      ),
    onSuccess: () => queries.invalidateQueries({ queryKey: ['models'] }),
  })
}
