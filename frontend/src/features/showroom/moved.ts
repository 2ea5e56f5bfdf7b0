import type { Prediction } from './types'

/** Return the largest change of a probability, or of a value; null where there is nothing to compare. */
export function movedBy(one: Prediction, other: Prediction): number | null {
  const [before, after] = [one.probabilities, other.probabilities]
  if (before && after) {
    const names = [...new Set([...Object.keys(before), ...Object.keys(after)])]
    return Math.max(0, ...names.map((name) => Math.abs((after[name] ?? 0) - (before[name] ?? 0))))
  }
  if (one.value === undefined || other.value === undefined) return null
  return Math.abs(other.value - one.value)
}
