import { queryOptions, useQueryClient } from '@tanstack/react-query'
import { useAction } from '@/shared/actions'
import { api, body, type Schemas } from '@/shared/api/client'
import { useText } from '@/shared/i18n'

const SESSIONS = ['sessions'] as const

/** What is read of oneself. */
export const profileQueries = {
  sessions: () => queryOptions({ queryKey: SESSIONS, queryFn: () => body(api.GET('/sessions')) }),
  ways: () => queryOptions({ queryKey: ['ways'], queryFn: () => body(api.GET('/session/ways')) }),
}

/** Change one's own password; the other sessions end. */
export function useChangePassword() {
  const { t } = useText()
  return useAction(
    (passwords: Schemas['OtherPassword']) =>
      body(api.PUT('/session/password', { body: passwords })),
    { refresh: [SESSIONS], said: () => t.profile.changed, isToldThere: true },
  )
}

export function useEndSession() {
  return useAction(
    (number: number) => body(api.DELETE('/sessions/{number}', { params: { path: { number } } })),
    { refresh: [SESSIONS] },
  )
}

/** Log out everywhere, here too. */
export function useEndAll() {
  return useAction(() => body(api.DELETE('/sessions')), { refresh: [] })
}

/** Log in again, without leaving the page; what it shows is read anew. */
export function useLogInAgain() {
  const queries = useQueryClient()
  return useAction(
    async (given: Schemas['Credentials']) => {
      await body(api.POST('/session', { body: given }))
      await queries.invalidateQueries()
    },
    { refresh: [], isToldThere: true },
  )
}
