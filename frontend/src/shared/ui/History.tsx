import type { Schemas } from '@/shared/api/client'
import { useText } from '@/shared/i18n'
import { Moment } from '@/shared/time/Moment'
import classes from './History.module.css'
import { Panel } from './Panel'

/** Who changed what of a thing, and when; nothing where nothing is known. */
export function History({ events }: { events: Schemas['Event'][] | undefined }) {
  const { t } = useText()
  if (!events || events.length === 0) return null
  return (
    <Panel title={t.schedules.history}>
      <ul className={classes.events}>
        {events.map((event) => (
          <li key={event.id} title={JSON.stringify(event.detail, null, 1)}>
            <strong>{event.name}</strong>{' '}
            <span className={classes.by}>
              {t.dispatches.by(event.actor)} · <Moment at={event.at} />
            </span>
          </li>
        ))}
      </ul>
    </Panel>
  )
}
