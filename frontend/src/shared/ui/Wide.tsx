import type { ReactNode } from 'react'
import classes from './Wide.module.css'

interface Props {
  label: string
  children: ReactNode
  /** Whether it is not to grow long either. */
  isLow?: boolean
}

/** Scrolls what is wider than there is room, by the keyboard too. */
export function Wide({ label, children, isLow }: Props) {
  return (
    <section
      className={isLow ? `${classes.wide} ${classes.low}` : classes.wide}
      aria-label={label}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls
      tabIndex={0}
    >
      {children}
    </section>
  )
}
