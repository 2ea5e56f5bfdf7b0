import '@mantine/charts/styles.css'
import './plots.css'
import { LineChart } from '@mantine/charts'
import { marksFor } from './marks'
import { lineOf, MARGIN, type Point, type Series } from './series'

interface Props {
  points: Point[]
  /** The key of what lies below, from left to right. */
  across: string
  series: readonly Series[]
  format: (value: number) => string
  /** Where a threshold is, and what it is called. */
  threshold?: { at: number; label: string }
  /** Whether the whole of it is 1. */
  isShare?: boolean
  /** Whether what lies below is a number rather than a name. */
  isNumeric?: boolean
  formatAcross?: (value: number) => string
  /** Whether what is drawn is named even where it is one alone. */
  isNamed?: boolean
}

/** Lines over time, or over numbers. */
export default function Lines({
  points,
  across,
  series,
  format,
  threshold,
  isShare,
  ...some
}: Props) {
  const keys = series.map(({ name }) => name)
  const marks = marksFor(points, keys, { isShare, least: threshold && 1.2 * threshold.at })
  const guides = new Set(series.filter((one) => one.isGuide).map((one) => one.name))
  return (
    <LineChart
      h={240}
      data={points}
      dataKey={across}
      series={series.map((one, n) => ({ ...one, ...lineOf(one, n) }))}
      curveType="linear"
      connectNulls={false}
      withLegend={some.isNamed || series.length > 1}
      legendProps={{ verticalAlign: 'bottom', itemSorter: null }}
      gridAxis="x"
      valueFormatter={format}
      dotProps={{ r: 3 }}
      xAxisProps={
        some.isNumeric
          ? { type: 'number', domain: [0, 1], tickFormatter: some.formatAcross, tickCount: 6 }
          : { interval: 'equidistantPreserveStart', minTickGap: 24 }
      }
      yAxisProps={{ width: 56, domain: [0, marks.at(-1) ?? 1], ticks: marks }}
      referenceLines={
        threshold && [{ y: threshold.at, label: threshold.label, color: 'var(--warn-bar)' }]
      }
      lineChartProps={{ accessibilityLayer: false, margin: MARGIN }}
      lineProps={({ name }) => ({
        isAnimationActive: false,
        ...(guides.has(name) ? { dot: false } : {}),
      })}
      tooltipAnimationDuration={0}
    />
  )
}
