import { useDebouncedValue } from '@mantine/hooks'
import { useQuery } from '@tanstack/react-query'
import { asProblem } from '@/shared/api/problem'
import { faultsOf, isWhole } from './inputs'
import { showroomQueries } from './queries'
import type { Answer, Case, Question, Version } from './types'

const TYPING_MS = 350

export interface Asked {
  question: Question
  answer: Answer | undefined
  error: unknown
  /** Whether what is shown answers an older question. */
  isOld: boolean
  /** What is wrong with each input, where the service has refused the case. */
  faults: Record<string, string>
}

/** Ask a version as one types: a moment after the last change, and only of a whole case. */
export function useAnswer(version: Version | undefined, cases: Case[], explain: boolean): Asked {
  const [asked] = useDebouncedValue(cases, TYPING_MS)
  const inputs = version?.signature.inputs ?? []
  const isReady = version !== undefined && (asked.length > 1 || isWhole(inputs, asked[0] ?? {}))
  const question = {
    model: version?.model ?? '',
    version: version?.number ?? 0,
    cases: asked.map((one) => withoutGaps(one)),
    explain,
  }
  const found = useQuery(showroomQueries.answer(question, isReady))
  const problem = found.isError ? asProblem(found.error) : null
  return {
    question,
    answer: found.isError ? undefined : found.data,
    error: found.error,
    isOld: asked !== cases || found.isPlaceholderData || found.isFetching,
    faults: problem?.slug === 'invalid-cases' ? faultsOf(problem.facts) : {},
  }
}

/** Return a case whose empty fields are missing values. */
function withoutGaps(one: Case): Case {
  return Object.fromEntries(
    Object.entries(one).map(([name, value]) => [name, value === '' ? null : value]),
  )
}
