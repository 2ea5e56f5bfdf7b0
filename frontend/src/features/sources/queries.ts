import { queryOptions, useMutation } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { useAction } from '@/shared/actions'
import { api, body, type Schemas } from '@/shared/api/client'
import { useTell } from '@/shared/ui/toasts'

export type Source = Schemas['Source']
const SOURCES = ['sources'] as const
const MOST_SCHEDULES = 500

/** What is read of sources, and of the schedules that use them. */
export const sourceQueries = {
  all: () => queryOptions({ queryKey: SOURCES, queryFn: () => body(api.GET('/sources')) }),
  one: (name: string) =>
    queryOptions({
      queryKey: [...SOURCES, name],
      queryFn: () => body(api.GET('/sources/{name}', { params: { path: { name } } })),
    }),
  schedules: () =>
    queryOptions({
      queryKey: ['schedules', 'list'],
      queryFn: () => body(api.GET('/schedules', { params: { query: { limit: MOST_SCHEDULES } } })),
    }),
}

/** Add a source, or change the one that is there; an empty connection leaves the one that is kept. */
export function useSaveSource(there: Source | undefined) {
  return useAction(
    ({ name, connection, description }: Schemas['NewSource']) => {
      if (there === undefined) {
        return body(api.POST('/sources', { body: { name, connection, description } }))
      }
      return body(
        api.PATCH('/sources/{name}', {
          params: { path: { name: there.name } },
          body: { description, connection: connection || undefined },
        }),
      )
    },
    { refresh: [SOURCES], isToldThere: true },
  )
}

export function useRemoveSource(name: string) {
  const navigate = useNavigate()
  return useAction(
    async () => {
      await body(api.DELETE('/sources/{name}', { params: { path: { name } } }))
      await navigate({ to: '/sources' })
    },
    { refresh: [SOURCES], isToldThere: true },
  )
}

/** Try every step of a connection; nothing is written there, and nothing is recorded. */
export function useTestSource(name: string) {
  const tell = useTell()
  return useMutation({
    mutationFn: () => body(api.POST('/sources/{name}/test', { params: { path: { name } } })),
    onError: tell.failed,
  })
}
