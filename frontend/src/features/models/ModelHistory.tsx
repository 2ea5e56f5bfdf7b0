import { Button } from '@mantine/core'
import { useState } from 'react'
import type { Schemas } from '@/shared/api/client'
import { useText } from '@/shared/i18n'
import { Moment } from '@/shared/time/Moment'
import { Panel } from '@/shared/ui/Panel'
import classes from './ModelHistory.module.css'
import { type Faults, toldBy } from './story'

const SHOWN = 10

/** Who registered, promoted and refused what, and when: the newest first. */
export function ModelHistory({ events }: { events: readonly Schemas['Event'][] }) {
  const { t } = useText()
  const [most, setMost] = useState(SHOWN)
  if (events.length === 0) return null
  const newest = events.toReversed()
  return (
    <Panel title={t.schedules.history} flush>
      <ol className={classes.events}>
        {newest.slice(0, most).map((event) => (
          <Row key={event.id} event={event} />
        ))}
      </ol>
      {newest.length > most && (
        <div className={classes.more}>
          <Button variant="subtle" size="xs" onClick={() => setMost(most * 4)}>
            {t.common.more}
          </Button>
        </div>
      )}
    </Panel>
  )
}

function Row({ event }: { event: Schemas['Event'] }) {
  const { t } = useText()
  const told = toldBy(event)
  return (
    <li>
      <div className={classes.line}>
        <strong>
          {told.kind === 'other' ? told.name : t.models.events[told.kind](told.version)}
        </strong>
        <span className={classes.dim}>
          {t.dispatches.by(event.actor)} · <Moment at={event.at} />
        </span>
      </div>
      {told.kind === 'other' ? (
        <code className={classes.detail}>{JSON.stringify(told.detail)}</code>
      ) : (
        <Failed faults={told.faults} />
      )}
    </li>
  )
}

function Failed({ faults }: { faults: Faults }) {
  const { t } = useText()
  const { failed = 0, cases = [], forced } = faults
  if (failed === 0) return null
  return (
    <details>
      <summary>{forced ? t.models.forcedOver(failed) : t.models.failedCases(failed)}</summary>
      <ul className={classes.cases}>
        {cases.map((one) => (
          <li key={one.case}>
            {one.title || `#${one.case}`}: {one.reason}
          </li>
        ))}
      </ul>
    </details>
  )
}
