import { useText } from '@/shared/i18n'
import { useNow } from './clock'
import { clockSpan, relative } from './span'

const DAY = 86_400

/** A moment as people say it ("3 min ago"); the exact one shows on hover, in full. */
export function Moment({ at, className }: { at: string; className?: string }) {
  const { relativeTime, exact } = useText()
  const seconds = (Date.parse(at) - useNow()) / 1000
  return (
    <time dateTime={at} title={exact(at)} className={className}>
      {relative(seconds, relativeTime)}
    </time>
  )
}

/** How long it is until a moment, second by second; past it, the word for now. */
export function Countdown({ to }: { to: string }) {
  const { t, relativeTime, exact } = useText()
  const seconds = (Date.parse(to) - useNow()) / 1000
  const words =
    seconds > DAY ? relative(seconds, relativeTime) : seconds > 0 ? clockSpan(seconds) : t.time.due
  return (
    <time dateTime={to} title={exact(to)} className="tabular">
      {words}
    </time>
  )
}
