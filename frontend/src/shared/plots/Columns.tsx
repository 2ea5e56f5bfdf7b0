import '@mantine/charts/styles.css'
import './plots.css'
import { BarChart } from '@mantine/charts'
import { lookOf, type Point, type Series } from './series'

interface Props {
  points: Point[]
  across: string
  series: readonly Series[]
  format: (value: number) => string
}

/** Columns side by side, a group for each name. */
export default function Columns({ points, across, series, format }: Props) {
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
      yAxisProps={{ width: 56 }}
      xAxisProps={{ minTickGap: 4 }}
      barChartProps={{ accessibilityLayer: false }}
      barProps={{ isAnimationActive: false, radius: 2 }}
      tooltipAnimationDuration={0}
    />
  )
}
