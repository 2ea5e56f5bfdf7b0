import { Link } from '@tanstack/react-router'
import type { Schemas } from '@/shared/api/client'
import { useText } from '@/shared/i18n'
import { useNow } from '@/shared/time/clock'
import { Moment } from '@/shared/time/Moment'
import { Bars } from '@/shared/ui/Bars'
import { IconCalendar, IconDatabase, IconDisk, IconGlobe, IconHost } from '@/shared/ui/icons'
import { Sparkline } from '@/shared/ui/Sparkline'
import { StateShape } from '@/shared/ui/State'
import { lookOf } from '@/shared/ui/state'
import classes from './CheckTile.module.css'
import type { CheckCard } from './document'
import { hourBars, latencies } from './hours'

interface Props {
  card: CheckCard
  history: Schemas['CheckHistory'] | undefined
}

const HOUR = 3_600_000
const ICONS: Record<string, typeof IconHost> = {
  host: IconHost,
  database: IconDatabase,
  http: IconGlobe,
  schedule: IconCalendar,
  disk: IconDisk,
}

function Kind({ kind }: { kind: string }) {
  const { t } = useText()
  const Icon = ICONS[kind] ?? IconHost
  const name = t.monitor.kinds[kind] ?? kind
  return (
    <span className={classes.kind} role="img" aria-label={name} title={name}>
      <Icon size={16} />
    </span>
  )
}

/** A check at a glance: its state, the last 24 hours, how long the newest looks took. */
export function CheckTile({ card, history }: Props) {
  const text = useText()
  const { t, took, percent } = text
  const hour = Math.floor(useNow() / HOUR) * HOUR
  const seconds = latencies(history?.looks ?? [], card)
  return (
    <Link
      from="/"
      search={(before) => ({ ...before, check: card.name })}
      className={classes.tile}
      data-tone={lookOf(card.state).tone}
      data-state={card.state}
      resetScroll={false}
    >
      <div className={classes.head}>
        <StateShape state={card.state} size={20} />
        <strong className={classes.name}>{card.name}</strong>
        <Kind kind={card.kind} />
        {card.seconds !== null && card.seconds !== undefined && (
          <span className={classes.latency}>{took(card.seconds)}</span>
        )}
      </div>
      <span className={classes.detail} title={card.detail}>
        {card.state === 'up' || card.hidden_by ? card.description || card.detail : card.detail}
      </span>
      <Marks card={card} />
      <Sparkline
        values={seconds}
        label={t.monitor.latencyLabel(card.name)}
        tone={lookOf(card.state).tone === 'bad' ? 'bad' : 'busy'}
      />
      <Bars
        bars={hourBars(history?.hours ?? [], hour, text)}
        label={t.monitor.hoursLabel(card.name)}
      />
      <div className={classes.foot}>
        <span title={t.monitor.uptimeHint} className="tabular">
          {t.monitor.uptime}{' '}
          {typeof card.uptime_day === 'number' ? percent(card.uptime_day, 1) : '–'}
        </span>
        {card.at && <Moment at={card.at} className="tabular" />}
      </div>
    </Link>
  )
}

function Marks({ card }: { card: CheckCard }) {
  const { t } = useText()
  const marks = [
    card.hidden_by && t.monitor.hidden(card.hidden_by),
    card.flapping && t.monitor.flapping,
    card.maintenance && t.monitor.inWindow(card.maintenance),
  ].filter(Boolean)
  return marks.length > 0 && <span className={classes.marks}>{marks.join(' · ')}</span>
}

/** A part of Disparo itself, in few words. */
export function OwnTile({ card }: { card: CheckCard }) {
  return (
    <Link
      from="/"
      search={(before) => ({ ...before, check: card.name })}
      className={classes.own}
      data-tone={lookOf(card.state).tone}
      data-state={card.state}
      resetScroll={false}
    >
      <StateShape state={card.state} size={18} />
      <span className={classes.words}>
        <strong>{card.name.replace('disparo-', '').replaceAll('-', ' ')}</strong>
        <span className={classes.small} title={card.detail}>
          {card.detail}
        </span>
      </span>
    </Link>
  )
}
