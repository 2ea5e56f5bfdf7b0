/** One of the things that are drawn. */
export interface Series {
  /** Its key in each point. */
  name: string
  label: string
  /** Whether it is only there to compare with: grey, dashed, without dots. */
  isGuide?: boolean
}

export type Point = Record<string, string | number | null>

/** Room for what stands at the ends of axes. */
export const MARGIN = { top: 8, right: 12, bottom: 0, left: 0 }

const COLOURS = 6
const DASHES = ['0', '6 3', '2 3'] as const

/** Return how a line looks. */
export function lineOf({ isGuide }: Series, n: number) {
  return isGuide ? { color: 'var(--plot-6)', strokeDasharray: '5 5' } : lookOf(n)
}

/** Return the look of the n-th thing that is drawn: colours first, then the same ones dashed. */
export function lookOf(n: number): { color: string; strokeDasharray: string } {
  return {
    color: `var(--plot-${(n % COLOURS) + 1})`,
    strokeDasharray: DASHES[Math.floor(n / COLOURS) % DASHES.length] ?? '0',
  }
}
