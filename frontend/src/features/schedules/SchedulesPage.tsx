import { Button, Skeleton, TextInput } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { getRouteApi, Link } from '@tanstack/react-router'
import { monitorQueries, useScheduleSwitch } from '@/features/monitor/queries'
import { runBars } from '@/features/monitor/runs'
import type { Schemas } from '@/shared/api/client'
import { useText } from '@/shared/i18n'
import { May } from '@/shared/session/May'
import { Countdown } from '@/shared/time/Moment'
import { Bars } from '@/shared/ui/Bars'
import { Empty } from '@/shared/ui/Empty'
import { ErrorPanel } from '@/shared/ui/ErrorPanel'
import { IconCalendar, IconPlus, IconSearch } from '@/shared/ui/icons'
import { Page } from '@/shared/ui/Page'
import { StateBadge } from '@/shared/ui/State'
import { useSearchChange } from '@/shared/useSearchChange'
import { OnOff } from './OnOff'
import { type Overview, scheduleQueries } from './queries'
import classes from './SchedulesPage.module.css'

const route = getRouteApi('/schedules')

/** All schedules: what each runs, when, how it went. */
export function SchedulesPage() {
  const { t } = useText()
  const { text = '' } = route.useSearch()
  const found = useQuery(scheduleQueries.list())
  const history = useQuery(monitorQueries.history())
  const items = (found.data?.items ?? []).filter((one) => fits(one, text))
  return (
    <Page title={t.schedules.title} side={<Tools text={text} />}>
      {found.isPending && <Skeleton height={240} radius="lg" />}
      {found.isError && !found.data && (
        <ErrorPanel error={found.error} onRetry={() => void found.refetch()} />
      )}
      {found.isSuccess && items.length === 0 && (
        <Empty
          icon={<IconCalendar size={32} />}
          title={text ? t.nav.nothingFound : t.monitor.noSchedules}
          detail={text ? undefined : t.schedules.noneDetail}
        />
      )}
      <ul className={classes.cards}>
        {items.map((one) => (
          <Card key={one.name} schedule={one} ran={history.data?.schedules[one.name] ?? []} />
        ))}
      </ul>
    </Page>
  )
}

function Tools({ text }: { text: string }) {
  const { t } = useText()
  const change = useSearchChange<{ text?: string }>()
  return (
    <>
      <TextInput
        leftSection={<IconSearch size={16} />}
        placeholder={t.nav.search}
        aria-label={t.nav.search}
        value={text}
        onChange={(event) => change({ text: event.currentTarget.value || undefined })}
      />
      <May as="operator">
        <Button
          leftSection={<IconPlus size={16} />}
          renderRoot={(props) => <Link to="/schedules/new" {...props} />}
        >
          {t.schedules.new}
        </Button>
      </May>
    </>
  )
}

function fits({ name, spec }: Overview, text: string): boolean {
  const told = [name, spec?.description, spec?.model, spec?.collect.source, spec?.deliver.table]
  return told.join(' ').toLowerCase().includes(text.toLowerCase())
}

function Card({ schedule, ran }: { schedule: Overview; ran: readonly Schemas['Ran'][] }) {
  const text = useText()
  const { t } = text
  const { name, spec, paused, due_at: due, last, fault } = schedule
  const turn = useScheduleSwitch(name)
  const isPaused = turn.isPending ? !turn.variables : paused
  const bars = runBars(ran, text)
  return (
    <li className={classes.card}>
      <div className={classes.head}>
        <Link to="/schedules/$name" params={{ name }} className={classes.name}>
          {name}
        </Link>
        <OnOff name={name} isPaused={isPaused} turn={turn} />
      </div>
      <span className={classes.dim}>{fault ?? spec?.description}</span>
      <span>
        {text.told(schedule)} · {spec?.model}
      </span>
      <div className={classes.bars}>
        {bars.length > 0 && <Bars bars={bars} label={t.monitor.recentLabel(name)} />}
      </div>
      <div className={classes.foot}>
        {last ? <StateBadge state={last.state} /> : <span>{t.monitor.notYet}</span>}
        <span>
          {isPaused ? (
            <StateBadge state="paused" />
          ) : due ? (
            <>
              {t.schedules.next} <Countdown to={due} />
            </>
          ) : (
            t.monitor.byHand
          )}
        </span>
      </div>
    </li>
  )
}
