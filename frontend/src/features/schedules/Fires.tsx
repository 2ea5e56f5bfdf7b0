import { useText } from '@/shared/i18n'
import { Countdown } from '@/shared/time/Moment'
import classes from './Fires.module.css'

/** The next fires: each in full, with the time that is left. */
export function Fires({ fires }: { fires: readonly string[] }) {
  const { t, exact } = useText()
  if (fires.length === 0) return <p className={classes.none}>{t.schedules.noFires}</p>
  return (
    <ol className={classes.fires}>
      {fires.map((at) => (
        <li key={at}>
          <span>{exact(at)}</span>
          <Countdown to={at} />
        </li>
      ))}
    </ol>
  )
}
