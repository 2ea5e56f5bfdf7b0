import { Link } from '@tanstack/react-router'
import { useText } from '@/shared/i18n'
import { Moment } from '@/shared/time/Moment'
import { StateBadge } from '@/shared/ui/State'
import classes from './DispatchList.module.css'
import type { Dispatch } from './queries'
import { secondsOf } from './stages'

/** Dispatches, the newest first: a line each, which leads to its record. */
export function DispatchList({ dispatches }: { dispatches: readonly Dispatch[] }) {
  const { t } = useText()
  return (
    <>
      <div className={classes.head} aria-hidden="true">
        <span>#</span>
        <span>{t.dispatches.schedule}</span>
        <span>{t.dispatches.state}</span>
        <span>{t.dispatches.slot}</span>
        <span className={classes.number}>{t.dispatches.rows}</span>
        <span className={classes.number}>{t.dispatches.took}</span>
        <span className={classes.number}>{t.dispatches.ended}</span>
      </div>
      <ul className={classes.list}>
        {dispatches.map((one) => (
          <Row key={one.id} dispatch={one} />
        ))}
      </ul>
    </>
  )
}

function Row({ dispatch }: { dispatch: Dispatch }) {
  const { t, number, took, short, exact } = useText()
  const { id, schedule, kind, state, slot, progress, error, finished_at: end } = dispatch
  const seconds = secondsOf(dispatch)
  const rows = dispatch.order.dry_run ? progress.rows_inferred : progress.rows_delivered
  return (
    <li>
      <Link to="/dispatches/$id" params={{ id: String(id) }} className={classes.row}>
        <span className={classes.id}>{id}</span>
        <span className={classes.name}>
          <strong>{schedule}</strong>
          {kind !== 'scheduled' && <span className={classes.dim}>{t.dispatches.kinds[kind]}</span>}
        </span>
        <span>
          <StateBadge state={state} />
        </span>
        <time dateTime={slot} title={exact(slot)} className={classes.slot}>
          {short(slot)}
        </time>
        <span className={classes.number}>{number(rows)}</span>
        <span className={classes.number}>{seconds === null ? '–' : took(seconds)}</span>
        <span className={classes.number}>{end ? <Moment at={end} /> : '–'}</span>
        {error && <span className={classes.error}>{error.detail}</span>}
      </Link>
    </li>
  )
}
