import { Button, Progress, Switch } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import type { Schemas } from '@/shared/api/client'
import { useText } from '@/shared/i18n'
import { May } from '@/shared/session/May'
import { Countdown, Moment } from '@/shared/time/Moment'
import { Bars } from '@/shared/ui/Bars'
import { Empty } from '@/shared/ui/Empty'
import { IconCalendar } from '@/shared/ui/icons'
import { Panel } from '@/shared/ui/Panel'
import { StateBadge } from '@/shared/ui/State'
import type { ScheduleCard } from './document'
import { monitorQueries, useScheduleSwitch } from './queries'
import { runBars, withLast } from './runs'
import classes from './SchedulesPanel.module.css'

/** The schedules: how the last runs went, what runs, when the next one is due, and a switch each. */
export function SchedulesPanel({ schedules }: { schedules: readonly ScheduleCard[] }) {
  const { t } = useText()
  const { data } = useQuery(monitorQueries.history())
  if (schedules.length === 0) return <None />
  return (
    <Panel title={t.monitor.schedules} flush>
      <div className={classes.head} aria-hidden="true">
        <span>{t.monitor.columns.schedule}</span>
        <span>{t.monitor.columns.recent}</span>
        <span>{t.monitor.columns.last}</span>
        <span>{t.monitor.columns.next}</span>
        <span>{t.monitor.columns.on}</span>
      </div>
      <ul className={classes.list}>
        {schedules.map((card) => (
          <Row key={card.name} card={card} ran={data?.schedules[card.name] ?? []} />
        ))}
      </ul>
    </Panel>
  )
}

function None() {
  const { t } = useText()
  return (
    <Panel title={t.monitor.schedules}>
      <Empty
        icon={<IconCalendar size={32} />}
        title={t.monitor.noSchedules}
        detail={t.monitor.noSchedulesDetail}
      >
        <May as="operator">
          <Button renderRoot={(props) => <Link to="/schedules/new" {...props} />}>
            {t.schedules.new}
          </Button>
        </May>
      </Empty>
    </Panel>
  )
}

function Row({ card, ran }: { card: ScheduleCard; ran: readonly Schemas['Ran'][] }) {
  const { t, told } = useText()
  return (
    <li className={classes.row}>
      <div className={classes.name}>
        <Link to="/schedules/$name" params={{ name: card.name }} className={classes.link}>
          {card.name}
        </Link>
        <span title={card.description}>{card.fault ?? told(card)}</span>
      </div>
      <Recent card={card} ran={ran} />
      <div className={classes.last}>
        {card.last === null || card.last === undefined ? (
          <span className={classes.dim}>{t.monitor.notYet}</span>
        ) : (
          <>
            <Link
              to="/dispatches/$id"
              params={{ id: String(card.last.id) }}
              className={classes.link}
            >
              <StateBadge state={card.last.state} />
            </Link>
            {card.last.finished_at && <Moment at={card.last.finished_at} className={classes.dim} />}
          </>
        )}
      </div>
      <div className={classes.next}>
        <Next card={card} />
      </div>
      <May as="operator" otherwise={<span />}>
        <Toggle card={card} />
      </May>
      {card.running.map((one) => (
        <Run key={one.id} run={one} />
      ))}
    </li>
  )
}

function Recent({ card, ran }: { card: ScheduleCard; ran: readonly Schemas['Ran'][] }) {
  const text = useText()
  const bars = runBars(withLast(ran, card.last), text)
  return (
    <div className={classes.recent}>
      {bars.length > 0 && <Bars bars={bars} label={text.t.monitor.recentLabel(card.name)} />}
    </div>
  )
}

function Next({ card }: { card: ScheduleCard }) {
  const { t } = useText()
  if (card.paused) return <StateBadge state="paused" />
  if (!card.due_at) return <span className={classes.dim}>{t.monitor.byHand}</span>
  return <Countdown to={card.due_at} />
}

function Toggle({ card }: { card: ScheduleCard }) {
  const { t } = useText()
  const turn = useScheduleSwitch(card.name)
  return (
    <Switch
      className={classes.switch}
      checked={!card.paused}
      aria-label={t.monitor.switchSchedule(card.name)}
      onChange={(event) => turn.mutate(event.currentTarget.checked)}
    />
  )
}

function Run({ run }: { run: Schemas['Running'] }) {
  const { t, number } = useText()
  const { rows_delivered: done, rows_expected: all } = run.progress
  const rows = all ? t.common.of(number(done), number(all)) : number(done)
  return (
    <div className={classes.run}>
      <Progress
        value={all ? (100 * done) / all : 100}
        animated
        aria-label={t.monitor.runningNow(run.schedule)}
      />
      <span className="tabular">{t.monitor.progress(run.id, rows)}</span>
    </div>
  )
}
