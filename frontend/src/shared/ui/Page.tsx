import { type ReactNode, useEffect } from 'react'
import classes from './Page.module.css'

/** A page: its heading, what stands beside it, and its parts. Its name is the window's too. */
export function Page({
  title,
  side,
  children,
}: {
  title: string
  side?: ReactNode
  children: ReactNode
}) {
  useEffect(() => {
    document.title = `${title} · Disparo`
  }, [title])
  return (
    <div className={classes.page}>
      <header className={classes.head}>
        <h1 className={classes.title}>{title}</h1>
        {side && <div className={classes.side}>{side}</div>}
      </header>
      {children}
    </div>
  )
}
