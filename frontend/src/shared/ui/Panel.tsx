import type { ReactNode } from 'react'
import classes from './Panel.module.css'

interface Props {
  title: ReactNode
  side?: ReactNode
  children: ReactNode
  /** Without room around what is inside, as a table wants it. */
  flush?: boolean
}

/** A part of a page with a heading. */
export function Panel({ title, side, children, flush }: Props) {
  return (
    <section className={classes.panel}>
      <header className={classes.head}>
        <h2 className={classes.title}>{title}</h2>
        {side}
      </header>
      <div className={flush ? classes.flush : classes.body}>{children}</div>
    </section>
  )
}
