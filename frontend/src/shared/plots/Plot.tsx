import { Skeleton } from '@mantine/core'
import { type ReactNode, Suspense } from 'react'
import { useText } from '@/shared/i18n'
import { DataTable, type TableData } from './DataTable'
import classes from './Plot.module.css'

interface Props {
  title: string
  /** What is to be seen in it, in a sentence. */
  detail?: string
  side?: ReactNode
  /** What is drawn, in numbers: for those who do not see it, or want to know exactly. */
  table: TableData
  children: ReactNode
}

/** A drawing with a heading, and with its numbers as a table. The drawing's library comes late. */
export function Plot({ title, detail, side, table, children }: Props) {
  const { t } = useText()
  return (
    <figure className={classes.plot}>
      <figcaption className={classes.head}>
        <div>
          <h3 className={classes.title}>{title}</h3>
          {detail && <p className={classes.detail}>{detail}</p>}
        </div>
        {side}
      </figcaption>
      <div className={classes.drawing} aria-hidden>
        <Suspense fallback={<Skeleton height={240} />}>{children}</Suspense>
      </div>
      <details className={classes.numbers}>
        <summary>{t.plots.asTable}</summary>
        <DataTable caption={title} {...table} />
      </details>
    </figure>
  )
}
