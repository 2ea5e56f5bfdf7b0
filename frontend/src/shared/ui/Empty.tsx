import { Code } from '@mantine/core'
import type { ReactNode } from 'react'
import classes from './Empty.module.css'

interface Props {
  icon: ReactNode
  title: string
  /** What to do next. */
  detail?: string
  /** The command that does it. */
  command?: string
  children?: ReactNode
}

/** Says that nothing is there, and what to do next. */
export function Empty({ icon, title, detail, command, children }: Props) {
  return (
    <div className={classes.empty}>
      <span className={classes.icon}>{icon}</span>
      <strong>{title}</strong>
      {detail && <p className={classes.detail}>{detail}</p>}
      {command && <Code className={classes.command}>{command}</Code>}
      {children}
    </div>
  )
}
