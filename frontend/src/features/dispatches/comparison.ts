import type { Dispatch } from './queries'
import { secondsOf, stagesOf } from './stages'

export type Kind = 'seconds' | 'rows' | 'rate' | 'bytes'

/** One measure of two dispatches of a schedule. */
export interface Measure {
  /** `took`, `memory`, or a stage's: `collect.seconds`, `collect.rows`, `collect.rate`. */
  name: string
  kind: Kind
  now: number | null
  before: number | null
  /** How much more it is now, as a part of what it was; null: that cannot be told. */
  change: number | null
}

/** Return what two dispatches took and did, beside each other. */
export function comparisonOf(now: Dispatch, before: Dispatch): Measure[] {
  const [ours, theirs] = [stagesOf(now), stagesOf(before)]
  return [
    measure('took', 'seconds', secondsOf(now), secondsOf(before)),
    ...ours.flatMap((stage, n) => {
      const other = theirs[n]
      return [
        measure(`${stage.name}.seconds`, 'seconds', stage.seconds, other?.seconds ?? null),
        measure(`${stage.name}.rows`, 'rows', stage.rows, other?.rows ?? null),
        measure(`${stage.name}.rate`, 'rate', stage.rowsPerSecond, other?.rowsPerSecond ?? null),
      ]
    }),
    measure(
      'memory',
      'bytes',
      now.progress.peak_memory ?? null,
      before.progress.peak_memory ?? null,
    ),
  ]
}

function measure(name: string, kind: Kind, now: number | null, before: number | null): Measure {
  const change = now !== null && before !== null && before > 0 ? now / before - 1 : null
  return { name, kind, now, before, change }
}
