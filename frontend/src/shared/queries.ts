import { QueryClient } from '@tanstack/react-query'
import { asProblem } from '@/shared/api/problem'

const RETRIES = 2

/** What is read is kept and asked for anew; what can pass is tried again, what cannot is told. */
export function makeQueryClient(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: {
        staleTime: 5_000,
        retry: (failures, error) => failures < RETRIES && asProblem(error).canPass,
      },
      mutations: { retry: false },
    },
  })
}
