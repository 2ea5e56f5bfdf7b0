import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query'
import { ifMatch, useAction } from '@/shared/actions'
import { api, body, type Schemas } from '@/shared/api/client'
import { useText } from '@/shared/i18n'

export type User = Schemas['User']
export type Reset = Schemas['Reset']
const PAGE = 100
const USERS = ['users'] as const

/** What is read of users. */
export const userQueries = {
  list: () =>
    infiniteQueryOptions({
      queryKey: [...USERS, 'list'],
      queryFn: ({ pageParam }) =>
        body(api.GET('/users', { params: { query: { limit: PAGE, cursor: pageParam } } })),
      initialPageParam: '',
      getNextPageParam: ({ next }) => next as string | null,
    }),
  sessions: (name: string) =>
    queryOptions({
      queryKey: [...USERS, name, 'sessions'],
      queryFn: () => body(api.GET('/users/{name}/sessions', { params: { path: { name } } })),
    }),
}

/** Add a user; what comes back holds the link that sets the password. */
export function useAddUser() {
  return useAction(
    (user: { name: string; role: Schemas['Role'] }) => body(api.POST('/users', { body: user })),
    { refresh: [USERS], isToldThere: true },
  )
}

/** Give a user another role, or keep them out; whoever was faster is not overwritten. */
export function useChangeUser({ name, revision }: User) {
  return useAction(
    (change: Schemas['UserChange']) =>
      body(
        api.PATCH('/users/{name}', {
          params: { path: { name }, header: ifMatch(revision) },
          body: change,
        }),
      ),
    { refresh: [USERS] },
  )
}

export function useNewLink(name: string) {
  return useAction(() => body(api.POST('/users/{name}/link', { params: { path: { name } } })), {
    refresh: [USERS],
    isToldThere: true,
  })
}

export function useRemoveUser({ name, revision }: User) {
  return useAction(
    () =>
      body(api.DELETE('/users/{name}', { params: { path: { name }, header: ifMatch(revision) } })),
    { refresh: [USERS], isToldThere: true },
  )
}

export function useEndSessions(name: string) {
  const { t } = useText()
  return useAction(
    () => body(api.DELETE('/users/{name}/sessions', { params: { path: { name } } })),
    { refresh: [USERS], said: () => t.users.allEnded(name) },
  )
}

export function useEndSession(name: string) {
  return useAction(
    (number: number) =>
      body(api.DELETE('/users/{name}/sessions/{number}', { params: { path: { name, number } } })),
    { refresh: [USERS] },
  )
}
