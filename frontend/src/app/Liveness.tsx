import { useMonitor } from '@/features/monitor/useMonitor'
import { useText } from '@/shared/i18n'
import { useNow } from '@/shared/time/clock'
import { relative } from '@/shared/time/span'
import classes from './Liveness.module.css'

const TONES = { live: 'good', connecting: 'idle', polling: 'warn', stale: 'bad' } as const

/** Whether what is seen is live, and if not, since when. */
export function Liveness() {
  const { t, relativeTime } = useText()
  const { liveness, at } = useMonitor()
  const now = useNow()
  const age = at === null ? null : relative((at - now) / 1000, relativeTime)
  const words = {
    live: [t.live.live, t.live.liveHint],
    connecting: [t.live.connecting, ''],
    polling: [t.live.polling, t.live.pollingHint],
    stale: age === null ? [t.errors.unreachable, ''] : [t.live.stale(age), t.live.staleHint],
  }[liveness]
  return (
    <div
      className={classes.liveness}
      data-tone={TONES[liveness]}
      data-liveness={liveness}
      title={words[1]}
      role="status"
    >
      <span className={classes.dot} />
      {words[0]}
    </div>
  )
}
