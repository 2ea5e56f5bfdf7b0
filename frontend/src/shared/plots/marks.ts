import type { Point } from './series'

const STEPS = [1, 2, 2.5, 5, 10]
const SHARES = [0, 0.25, 0.5, 0.75, 1]

/** Return where an axis from nothing up to `most` has its marks: some round numbers, the last not below it. */
export function marksUpTo(most: number): number[] {
  if (!(most > 0)) return [0, 1]
  const rough = most / 4
  const power = 10 ** Math.floor(Math.log10(rough))
  const step = power * (STEPS.find((one) => one * power >= rough) ?? 10)
  const count = Math.ceil(most / step - 1e-9)
  return Array.from({ length: count + 1 }, (_, n) => Number((n * step).toPrecision(6)))
}

interface Also {
  /** Whether the whole of it is 1. */
  isShare?: boolean
  /** What is to be seen too, however low all else is. */
  least?: number
}

/** Return the marks for what is drawn. */
export function marksFor(
  points: readonly Point[],
  keys: readonly string[],
  { isShare, least = 0 }: Also = {},
): number[] {
  if (isShare) return SHARES
  const values = points.flatMap((point) => keys.map((key) => Number(point[key] ?? 0)))
  return marksUpTo(Math.max(least, ...values))
}
