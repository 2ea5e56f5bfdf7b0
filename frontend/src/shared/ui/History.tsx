import type { Schemas } from '@/shared/api/client'
import { useText } from '@/shared/i18n'
import { Moment } from '@/shared/time/Moment'
import classes from './History.module.css'
import { changesOf, inText } from './history'
import { Panel } from './Panel'

type Event = Schemas['Event']

/** Who changed what of a thing, and when, the newest first; nothing where nothing is known. */
export function History({ events }: { events: Event[] | undefined }) {
  const { t } = useText()
  if (!events || events.length === 0) return null
  return (
    <Panel title={t.schedules.history}>
      <ul className={classes.events}>
        {events.toReversed().map((event) => (
          <li key={event.id}>
            <strong>{t.events[event.name] ?? event.name}</strong>{' '}
            <span className={classes.by}>
              {t.dispatches.by(event.actor)} · <Moment at={event.at} />
            </span>
            <Changes detail={event.detail} />
          </li>
        ))}
      </ul>
    </Panel>
  )
}

function Changes({ detail }: { detail: Event['detail'] }) {
  const changes = changesOf(detail)
  if (changes.length === 0) return null
  return (
    <dl className={classes.changes}>
      {changes.map(({ path, before, after }) => (
        <div key={path}>
          <dt>{path}</dt>
          <dd>
            {before !== undefined && <del>{inText(before)}</del>}
            {after !== undefined && <ins>{inText(after)}</ins>}
          </dd>
        </div>
      ))}
    </dl>
  )
}
