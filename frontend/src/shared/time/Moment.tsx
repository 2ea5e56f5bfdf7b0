import { type ReactNode, useState } from 'react'
import { useText } from '@/shared/i18n'
import { useNow } from './clock'
import { clockSpan, relative } from './span'

const DAY = 86_400

/** A moment as people say it ("3 min ago"); the exact one shows on hover, in full. */
export function Moment({ at, className }: { at: string; className?: string }) {
  const { relativeTime } = useText()
  const seconds = (Date.parse(at) - useNow()) / 1000
  return (
    <Exact at={at} className={className}>
      {relative(seconds, relativeTime)}
    </Exact>
  )
}

/** How long it is until a moment, second by second; past it, the word for now. */
export function Countdown({ to }: { to: string }) {
  const { t, relativeTime } = useText()
  const seconds = (Date.parse(to) - useNow()) / 1000
  const words =
    seconds > DAY ? relative(seconds, relativeTime) : seconds > 0 ? clockSpan(seconds) : t.time.due
  return (
    <Exact at={to} className="tabular">
      {words}
    </Exact>
  )
}

interface ExactProps {
  at: string
  className?: string | undefined
  children: ReactNode
}

/** Says a moment in full to who points at it; not before, since many stand on a page, and they tick. */
export function Exact({ at, className, children }: ExactProps) {
  const { exact } = useText()
  const [title, setTitle] = useState<string>()
  return (
    <time
      dateTime={at}
      title={title}
      onPointerEnter={() => setTitle(exact(at))}
      className={className}
    >
      {children}
    </time>
  )
}
