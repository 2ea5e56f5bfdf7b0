import type { Schemas } from '@/shared/api/client'
import type { Point } from '@/shared/plots'

type Series = Schemas['PerformanceSeries']
export type Figure = 'accuracy' | 'mae'

const live = (span: Schemas['PerformanceSpan']) =>
  span.versions.filter((one) => one.kind === 'live')

/** Return what is drawn of a model: the accuracy of a classifier, the error of a regressor. */
export function figureOf(series: Series): Figure {
  const found = series.spans.flatMap(live)
  return found.some((one) => typeof one.mae === 'number') ? 'mae' : 'accuracy'
}

/** Return the versions of which an outcome is known, by number. */
export function versionsOf(series: Series): number[] {
  const numbers = series.spans.flatMap(live).map((one) => one.version)
  return [...new Set(numbers)].toSorted((a, b) => a - b)
}

/** Return a point for each span, with the figure of each version that was judged in it. */
export function spansOf(
  series: Series,
  figure: Figure,
  write: (moment: string) => string,
): Point[] {
  return series.spans.map((span) => ({
    at: write(span.since),
    ...Object.fromEntries(live(span).map((one) => [`v${one.version}`, one[figure] ?? null])),
  }))
}

/** Return how often each class was predicted where each was true, and the most of them. */
export function matrixOf(figures: Schemas['VersionPerformance']) {
  const labels = (figures.classes ?? []).map((one) => one.label)
  const counts = new Map(
    (figures.confusion ?? []).map((one) => [`${one.true}\n${one.predicted}`, one.count]),
  )
  const rows = labels.map((truth) => ({
    truth,
    counts: labels.map((predicted) => counts.get(`${truth}\n${predicted}`) ?? 0),
  }))
  return { labels, rows }
}
