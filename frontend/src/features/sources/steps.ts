import type { Schemas } from '@/shared/api/client'

type FailedStep = Schemas['Step']
export type Stage = 'configuration' | 'driver' | 'reach' | 'logIn' | 'database' | 'query'
export type Outcome = 'well' | 'failed' | 'untried'

export const STAGES: readonly Stage[] = [
  'configuration',
  'driver',
  'reach',
  'logIn',
  'database',
  'query',
]

/** In which stage of a connection each step is that can fail. */
const STAGE_OF: Record<FailedStep, Stage> = {
  configuration: 'configuration',
  driver: 'driver',
  name: 'reach',
  refused: 'reach',
  timeout: 'reach',
  password: 'logIn',
  database: 'database',
  permission: 'database',
  query: 'query',
}

/** Return how far a test of a connection came: those after the stage that failed were not tried. */
export function outcomes(failed: FailedStep | null | undefined): Record<Stage, Outcome> {
  const at = failed ? STAGES.indexOf(STAGE_OF[failed]) : STAGES.length
  const told = STAGES.map((stage, i) => {
    const outcome: Outcome = i < at ? 'well' : i === at ? 'failed' : 'untried'
    return [stage, outcome] as const
  })
  return Object.fromEntries(told) as Record<Stage, Outcome>
}
