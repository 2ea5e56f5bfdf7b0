import { Button } from '@mantine/core'
import type { Schemas } from '@/shared/api/client'
import { useText } from '@/shared/i18n'
import { Moment } from '@/shared/time/Moment'
import { programOf } from './agent'
import classes from './SessionList.module.css'

interface Props {
  sessions: readonly Schemas['Session'][]
  /** The one of this browser, which is marked, and ended by logging out. */
  own?: number
  onEnd: (number: number) => void
}

/** Where somebody is logged in: with what, whence, since when. */
export function SessionList({ sessions, own, onEnd }: Props) {
  const { t } = useText()
  if (sessions.length === 0) return <p className={classes.none}>{t.session.none}</p>
  return (
    <ul className={classes.list}>
      {sessions.map((one) => (
        <li key={one.id}>
          <span className={classes.words}>
            <strong title={one.agent}>{programOf(one.agent) || t.session.unknown}</strong>
            {one.id === own && <span className={classes.own}>{t.session.thisOne}</span>}
            <span className={classes.dim}>
              {one.address} · {t.session.ways[one.way]} · {t.session.begun}{' '}
              <Moment at={one.created_at} /> · {t.session.used} <Moment at={one.seen_at} />
            </span>
          </span>
          {one.id !== own && (
            <Button size="xs" variant="default" onClick={() => onEnd(one.id)}>
              {t.session.end}
            </Button>
          )}
        </li>
      ))}
    </ul>
  )
}
