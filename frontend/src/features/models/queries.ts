import { queryOptions } from '@tanstack/react-query'
import { api, body } from '@/shared/api/client'

/** What is read of models and their versions. */
export const modelQueries = {
  all: () => queryOptions({ queryKey: ['models'], queryFn: () => body(api.GET('/models')) }),
  versions: (name: string) =>
    queryOptions({
      queryKey: ['models', name, 'versions'],
      queryFn: () => body(api.GET('/models/{name}/versions', { params: { path: { name } } })),
    }),
}
