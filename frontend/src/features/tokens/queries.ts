import { queryOptions } from '@tanstack/react-query'
import { useAction } from '@/shared/actions'
import { api, body, type Schemas } from '@/shared/api/client'

export type Token = Schemas['TokenView']
const TOKENS = ['tokens'] as const

/** What is read of tokens. */
export const tokenQueries = {
  all: () => queryOptions({ queryKey: TOKENS, queryFn: () => body(api.GET('/tokens')) }),
  models: () => queryOptions({ queryKey: ['models'], queryFn: () => body(api.GET('/models')) }),
}

/** Make a token; only this answer holds its secret. */
export function useMakeToken() {
  return useAction((token: Schemas['NewToken']) => body(api.POST('/tokens', { body: token })), {
    refresh: [TOKENS],
    isToldThere: true,
  })
}

export function useRevoke(name: string) {
  return useAction(() => body(api.DELETE('/tokens/{name}', { params: { path: { name } } })), {
    refresh: [TOKENS],
    isToldThere: true,
  })
}
