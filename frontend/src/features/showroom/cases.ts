import { useMutation, useQueryClient } from '@tanstack/react-query'
import { api, body, type Schemas } from '@/shared/api/client'
import { useText } from '@/shared/i18n'
import { useTell } from '@/shared/ui/toasts'
import { showroomQueries } from './queries'
import type { Case, Scalar } from './types'

export type StoredCase = Schemas['StoredCase']

/** What is kept of a case beside its inputs. */
export interface CaseFields {
  title: string
  expected: Scalar
  tags: string[]
}

/** An ETag, so that nobody's change is written over. */
const match = ({ revision }: StoredCase) => ({ 'if-match': `"${revision}"` })

function useCaseAction<Asked, Answer>(
  model: string,
  act: (asked: Asked) => Promise<Answer>,
  words: (answer: Answer) => string,
) {
  const tell = useTell()
  const queries = useQueryClient()
  return useMutation({
    mutationFn: act,
    onSuccess: (answer) => tell.done(words(answer)),
    onError: tell.failed,
    // Where another was first, what is there now is shown.
    onSettled: () => queries.invalidateQueries(showroomQueries.cases(model)),
  })
}

/** Keep a case, with its title and the answer that is expected. */
export function useKeepCase(model: string) {
  const { t } = useText()
  return useCaseAction(
    model,
    (kept: CaseFields & { inputs: Case }) =>
      body(api.POST('/showroom/cases', { body: { model, ...kept } as never })),
    () => t.showroom.kept,
  )
}

/** Change what is kept of a case. */
export function useChangeCase(model: string) {
  const { t } = useText()
  return useCaseAction(
    model,
    ({ stored, fields }: { stored: StoredCase; fields: CaseFields }) =>
      body(
        api.PATCH('/showroom/cases/{case_id}', {
          params: { path: { case_id: stored.id }, header: match(stored) },
          body: fields as never,
        }),
      ),
    () => t.showroom.changedCase,
  )
}

/** Remove a case. */
export function useRemoveCase(model: string) {
  const { t } = useText()
  return useCaseAction(
    model,
    (stored: StoredCase) =>
      body(
        api.DELETE('/showroom/cases/{case_id}', {
          params: { path: { case_id: stored.id }, header: match(stored) },
        }),
      ),
    () => t.showroom.removedCase,
  )
}

export interface Import {
  file: File
  expected: string
  title: string
  tags: string[]
  skipKnown: boolean
}

/** Store the rows of a file as cases: all of them or none. */
export function useImportCases(model: string) {
  const queries = useQueryClient()
  return useMutation({
    mutationFn: ({ file, expected, title, tags, skipKnown }: Import) =>
      body(
        api.POST('/showroom/cases/import', {
          params: {
            query: {
              model,
              expected: expected || undefined,
              title: title || undefined,
              tags,
              skip_known: skipKnown,
            },
          },
          headers: { 'Content-Type': mediaOf(file.name) },
          body: file as never,
          bodySerializer: (sent) => sent as never,
        }),
      ),
    onSuccess: () => queries.invalidateQueries(showroomQueries.cases(model)),
  })
}

/** Return what a file is, by its name: lines of JSON, or a table. */
export function mediaOf(filename: string): string {
  return /\.(jsonl|ndjson)$/i.test(filename) ? 'application/x-ndjson' : 'text/csv'
}

/** Let versions answer the stored cases, side by side; nothing of it is recorded as live. */
export function useRunCases(model: string) {
  const tell = useTell()
  return useMutation({
    mutationFn: ({ versions, tags }: { versions: number[]; tags: string[] }) =>
      body(api.POST('/showroom/cases/run', { body: { model, versions, tags } as never })),
    onError: tell.failed,
  })
}
