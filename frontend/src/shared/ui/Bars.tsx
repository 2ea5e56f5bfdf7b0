import classes from './Bars.module.css'
import type { Tone } from './state'

export interface Bar {
  key: string | number
  tone: Tone
  /** From 0 to 1: the part of the full height. */
  height: number
  /** What it says on hover. */
  title: string
  href?: string
}

/** Bars side by side: one for each hour, or for each run. Colour is the state, height the size. */
export function Bars({ bars, label }: { bars: readonly Bar[]; label: string }) {
  return (
    <div className={classes.bars} role="img" aria-label={label}>
      {bars.map((bar) => (
        <span key={bar.key} className={classes.slot} title={bar.title}>
          <span
            className={classes.bar}
            data-tone={bar.tone}
            style={{ height: `${Math.round(Math.max(bar.height, 0.12) * 100)}%` }}
          />
        </span>
      ))}
    </div>
  )
}
