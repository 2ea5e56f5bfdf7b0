import { type QueryKey, useMutation, useQueryClient } from '@tanstack/react-query'
import { useTell } from '@/shared/ui/toasts'

interface Options<Output> {
  /** What is asked for anew after it. */
  refresh: readonly QueryKey[]
  /** What is said once it is done; nothing where one sees it. */
  said?: (output: Output) => string | undefined
  /** Whether a failure is shown where it was asked for, and needs no other telling. */
  isToldThere?: boolean
}

/** Return an action of the service: failures are told in words, and what it changed is read anew. */
export function useAction<Input, Output>(
  act: (input: Input) => Promise<Output>,
  { refresh, said, isToldThere = false }: Options<Output>,
) {
  const tell = useTell()
  const queries = useQueryClient()
  return useMutation({
    mutationFn: act,
    onSuccess: (output) => {
      const words = said?.(output)
      if (words) tell.done(words)
    },
    onError: isToldThere ? undefined : tell.failed,
    // After a failure too: who was slower sees what holds, and may try again.
    onSettled: () =>
      Promise.all(refresh.map((queryKey) => queries.invalidateQueries({ queryKey }))),
  })
}

/** Return the header by which a change is refused if somebody else was faster. */
export function ifMatch(revision: number): { 'if-match': string } {
  return { 'if-match': `"${revision}"` }
}

/** The form of a change that leaves what it does not name. */
export const MERGE = { 'Content-Type': 'application/merge-patch+json' } as const
