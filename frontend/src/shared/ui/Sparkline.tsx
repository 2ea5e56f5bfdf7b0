import classes from './Sparkline.module.css'

interface Props {
  values: readonly number[]
  label: string
  tone?: string
}

const WIDTH = 120
const HEIGHT = 28

/** Return the corners of a line through values; the greatest touches the top, zero the bottom. */
export function corners(values: readonly number[], width: number, height: number): string {
  const greatest = Math.max(...values, Number.EPSILON)
  const step = width / Math.max(values.length - 1, 1)
  return values
    .map(
      (value, i) => `${(i * step).toFixed(1)},${(height - (value / greatest) * height).toFixed(1)}`,
    )
    .join(' ')
}

/** A line as small as a word: how a number went. */
export function Sparkline({ values, label, tone = 'busy' }: Props) {
  if (values.length < 2) return <span className={classes.nothing} />
  const line = corners(values, WIDTH, HEIGHT - 2)
  return (
    <svg
      className={classes.line}
      data-tone={tone}
      viewBox={`0 -1 ${WIDTH} ${HEIGHT}`}
      preserveAspectRatio="none"
      role="img"
      aria-label={label}
    >
      <polygon points={`0,${HEIGHT} ${line} ${WIDTH},${HEIGHT}`} className={classes.area} />
      <polyline points={line} className={classes.stroke} vectorEffect="non-scaling-stroke" />
    </svg>
  )
}
