import '@mantine/charts/styles.css'
import './plots.css'
import { BarChart } from '@mantine/charts'
import { marksFor } from './marks'
import { lookOf, MARGIN, type Point, type Series } from './series'

interface Props {
  points: Point[]
  across: string
  series: readonly Series[]
  format: (value: number) => string
}

/** Columns side by side, a group for each name. */
export default function Columns({ points, across, series, format }: Props) {
  const marks = marksFor(
    points,
    series.map(({ name }) => name),
  )
  return (
    <BarChart
      h={240}
      data={points}
      dataKey={across}
      series={series.map((one, n) => ({ ...one, color: lookOf(n).color }))}
      withLegend={series.length > 1}
      legendProps={{ verticalAlign: 'bottom', itemSorter: null }}
      gridAxis="x"
      valueFormatter={format}
      maxBarWidth={36}
      yAxisProps={{ width: 56, domain: [0, marks.at(-1) ?? 1], ticks: marks }}
      xAxisProps={{ minTickGap: 10 }}
      barChartProps={{ accessibilityLayer: false, margin: MARGIN }}
      barProps={{ isAnimationActive: false, radius: 2 }}
      tooltipAnimationDuration={0}
    />
  )
}
