import { useQuery } from '@tanstack/react-query'
import { useText } from '@/shared/i18n'
import { Moment } from '@/shared/time/Moment'
import { StateBadge } from '@/shared/ui/State'
import classes from './Flips.module.css'
import { monitorQueries } from './queries'

/** The changes of a check's state, the newest first; bare where a heading stands over it already. */
export function Flips({ name, isBare }: { name: string; isBare?: boolean }) {
  const { t } = useText()
  const { data } = useQuery(monitorQueries.flips(name))
  return (
    <section>
      {!isBare && <h3 className={classes.title}>{t.check.changes}</h3>}
      {data?.items.length === 0 && <p className={classes.dim}>{t.check.noChanges}</p>}
      <ul className={classes.flips}>
        {data?.items.map((flip) => (
          <li key={flip.id}>
            <div className={classes.head}>
              <StateBadge state={flip.after} />
              <Moment at={flip.at} className={classes.dim} />
            </div>
            <span>{flip.detail}</span>
            {flip.muted_by && <span className={classes.dim}>{t.check.muted(flip.muted_by)}</span>}
          </li>
        ))}
      </ul>
    </section>
  )
}
