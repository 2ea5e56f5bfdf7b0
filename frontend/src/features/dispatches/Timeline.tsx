import { ActionIcon, SegmentedControl, Skeleton } from '@mantine/core'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { getRouteApi, Link } from '@tanstack/react-router'
import { memo, useMemo } from 'react'
import { markOfDispatches, useNews } from '@/features/monitor/useNews'
import { useText } from '@/shared/i18n'
import { now as serviceNow } from '@/shared/time/clock'
import { ErrorPanel } from '@/shared/ui/ErrorPanel'
import { IconChevron } from '@/shared/ui/icons'
import { Panel } from '@/shared/ui/Panel'
import { lookOf, type StateName } from '@/shared/ui/state'
import { useSearchChange } from '@/shared/useSearchChange'
import { dispatchQueries, REFRESH_MS, untilOf } from './queries'
import { secondsOf } from './stages'
import classes from './Timeline.module.css'
import { type Bar, type Lane, LENGTHS, lanesOf, SPANS, type Span, ticksOf } from './timeline'
import { hrefOf, useOpen } from './useOpen'

const route = getRouteApi('/dispatches')
const TIMELINES = ['dispatches', 'timeline']

/** What ran when: a lane a schedule; those at once stand below each other. */
export const Timeline = memo(function Timeline() {
  const { t } = useText()
  const { span = 'day', at, schedule } = route.useSearch()
  const { length } = LENGTHS[span]
  const until = untilOf(at)
  const since = until - length
  const every = useNews(TIMELINES, markOfDispatches, REFRESH_MS)
  const found = useQuery({
    ...dispatchQueries.timeline(length, at, schedule, every),
    placeholderData: keepPreviousData,
  })
  const lanes = useMemo(
    () => lanesOf(found.data?.items ?? [], since, until, serviceNow()),
    [found.data, since, until],
  )
  return (
    <Panel title={t.timeline.title} side={<Tools span={span} until={until} isNow={!at} />}>
      {found.isPending && <Skeleton height={140} />}
      {found.isError && !found.data && (
        <ErrorPanel error={found.error} onRetry={() => void found.refetch()} />
      )}
      {found.data && (
        <div className={classes.chart}>
          <Scale since={since} until={until} span={span} />
          {lanes.length === 0 && <p className={classes.none}>{t.timeline.none}</p>}
          <ul className={classes.lanes}>
            {lanes.map((lane) => (
              <LaneRow key={lane.schedule} lane={lane} />
            ))}
          </ul>
          {found.data.is_cut && <p className={classes.none}>{t.timeline.cut}</p>}
        </div>
      )}
    </Panel>
  )
})

function Tools({ span, until, isNow }: { span: Span; until: number; isNow: boolean }) {
  const { t } = useText()
  const show = useSearchChange<{ span?: Span; at?: string }>()
  const move = (way: number) => {
    const moved = until + (way * LENGTHS[span].length) / 2
    show({ at: moved >= serviceNow() ? undefined : new Date(moved).toISOString() })
  }
  return (
    <div className={classes.tools}>
      <ActionIcon variant="default" aria-label={t.timeline.earlier} onClick={() => move(-1)}>
        <IconChevron size={16} className={classes.back} />
      </ActionIcon>
      <ActionIcon
        variant="default"
        aria-label={t.timeline.later}
        disabled={isNow}
        onClick={() => move(1)}
      >
        <IconChevron size={16} />
      </ActionIcon>
      <SegmentedControl
        size="xs"
        aria-label={t.timeline.title}
        data={SPANS.map((value) => ({ value, label: t.timeline.spans[value] }))}
        value={span}
        onChange={(value) => show({ span: value as Span })}
      />
    </div>
  )
}

function Scale({ since, until, span }: { since: number; until: number; span: Span }) {
  const { language } = useText()
  const format = useMemo(() => scaleFormat(language, span), [language, span])
  return (
    <div className={classes.scale} aria-hidden="true">
      {ticksOf(since, until, span).map((at) => (
        <span key={at} style={{ left: percent((at - since) / (until - since)) }}>
          {format.format(at)}
        </span>
      ))}
    </div>
  )
}

function scaleFormat(language: string, span: Span): Intl.DateTimeFormat {
  return new Intl.DateTimeFormat(
    language,
    span === 'week'
      ? { weekday: 'short', day: 'numeric' }
      : { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' },
  )
}

function LaneRow({ lane }: { lane: Lane }) {
  const open = useOpen()
  return (
    <li className={classes.lane}>
      <Link
        to="/dispatches"
        search={(before) => ({ ...before, schedule: lane.schedule })}
        resetScroll={false}
        className={classes.name}
        title={lane.schedule}
      >
        {lane.schedule}
      </Link>
      <div className={classes.track} style={{ height: `${lane.rows * 0.9 + 0.3}rem` }}>
        {lane.bars.map((bar) => (
          <Mark key={bar.runs[0]?.id} bar={bar} open={open} />
        ))}
      </div>
    </li>
  )
}

interface MarkProps {
  bar: Bar
  open: ReturnType<typeof useOpen>
}

function Mark({ bar, open }: MarkProps) {
  const { t, short, took } = useText()
  const [run] = bar.runs
  if (run === undefined) return null
  const { tone } = lookOf(run.state)
  const seconds = secondsOf(run)
  const state = t.states[run.state as StateName]
  const one = t.monitor.ran(run.id, state, short(run.started_at ?? run.created_at))
  const words =
    bar.runs.length > 1
      ? t.timeline.several(bar.runs.length, state, short(run.started_at ?? run.created_at))
      : seconds === null
        ? one
        : `${one}, ${took(seconds)}`
  const style = {
    left: percent(bar.left),
    width: percent(bar.width),
    top: `${bar.row * 0.9 + 0.2}rem`,
  }
  return (
    // biome-ignore lint/a11y/useAnchorContent: its label names it, and there are thousands
    <a
      href={hrefOf(run.id)}
      onClick={open}
      className={classes.bar}
      data-tone={tone}
      data-state={run.state}
      style={style}
      title={words}
      aria-label={words}
    />
  )
}

function percent(part: number): string {
  return `${(part * 100).toFixed(3)}%`
}
