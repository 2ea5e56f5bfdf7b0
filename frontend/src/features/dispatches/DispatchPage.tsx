import { Anchor, Button, Skeleton } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { getRouteApi, Link } from '@tanstack/react-router'
import { useText } from '@/shared/i18n'
import { May } from '@/shared/session/May'
import { Moment } from '@/shared/time/Moment'
import { ErrorPanel } from '@/shared/ui/ErrorPanel'
import { Facts } from '@/shared/ui/Facts'
import { IconClose, IconRefresh } from '@/shared/ui/icons'
import { Page } from '@/shared/ui/Page'
import { Panel } from '@/shared/ui/Panel'
import { Printed } from '@/shared/ui/Printed'
import { StateBadge } from '@/shared/ui/State'
import { Comparison } from './Comparison'
import classes from './DispatchPage.module.css'
import { EventList } from './EventList'
import { Job } from './Job'
import { Log } from './Log'
import { type Dispatch, dispatchQueries, isOver, useCancel, useRerun } from './queries'
import { Rows } from './Rows'
import { Stages } from './Stages'
import { secondsOf } from './stages'
import { Tasks } from './Tasks'

const route = getRouteApi('/dispatches/$id')

/** One dispatch: how far it is, or how it ended, and its whole record. */
export function DispatchPage() {
  const { t } = useText()
  const id = Number(route.useParams().id)
  const found = useQuery(dispatchQueries.one(id))
  return (
    <Page title={t.dispatches.one(id)} side={found.data && <Actions dispatch={found.data} />}>
      {found.isPending && <Skeleton height={420} radius="lg" />}
      {found.isError && <ErrorPanel error={found.error} onRetry={() => void found.refetch()} />}
      {found.data && <Record dispatch={found.data} />}
    </Page>
  )
}

function Actions({ dispatch }: { dispatch: Dispatch }) {
  const { t } = useText()
  const cancel = useCancel(dispatch.id)
  const rerun = useRerun(dispatch.id)
  if (isTask(dispatch)) return null
  return (
    <May as="operator">
      {isOver(dispatch.state) ? (
        <Button
          variant="default"
          leftSection={<IconRefresh size={16} />}
          loading={rerun.isPending}
          onClick={() => rerun.mutate()}
        >
          {t.dispatches.rerun}
        </Button>
      ) : (
        <Button
          variant="default"
          leftSection={<IconClose size={16} />}
          loading={cancel.isPending || dispatch.cancel_requested}
          onClick={() => cancel.mutate()}
        >
          {t.dispatches.cancel}
        </Button>
      )}
    </May>
  )
}

function isTask({ parent }: Dispatch): boolean {
  return typeof parent === 'number'
}

function Record({ dispatch }: { dispatch: Dispatch }) {
  const { t } = useText()
  return (
    <>
      <Head dispatch={dispatch} />
      {dispatch.error && <Failure error={dispatch.error} />}
      <Stages dispatch={dispatch} />
      {typeof dispatch.tasks === 'number' && <Tasks dispatch={dispatch} />}
      {dispatch.job && <Job job={dispatch.job} />}
      <div className={classes.columns}>
        <Log key={dispatch.id} id={dispatch.id} />
        <Panel title={t.dispatches.events}>
          <EventList id={dispatch.id} state={dispatch.state} />
        </Panel>
      </div>
      <Rows dispatch={dispatch} />
      {!isTask(dispatch) && <Comparison dispatch={dispatch} />}
      <About dispatch={dispatch} />
    </>
  )
}

function Head({ dispatch }: { dispatch: Dispatch }) {
  const { t, exact, took } = useText()
  const {
    schedule,
    kind,
    slot,
    state,
    parent,
    started_at: start,
    finished_at: end,
    order,
  } = dispatch
  const seconds = secondsOf(dispatch)
  return (
    <div className={classes.head}>
      <StateBadge state={state} size={18} />
      <strong>
        <Anchor
          renderRoot={(props) => (
            <Link to="/schedules/$name" params={{ name: schedule }} {...props} />
          )}
        >
          {schedule}
        </Anchor>
      </strong>
      {typeof parent === 'number' ? (
        <Anchor
          renderRoot={(props) => (
            <Link to="/dispatches/$id" params={{ id: String(parent) }} {...props} />
          )}
        >
          {t.tasks.of(dispatch.partition ?? null, parent)}
        </Anchor>
      ) : (
        <span>{t.dispatches.kinds[kind]}</span>
      )}
      <span>{t.dispatches.forSlot(exact(slot))}</span>
      {order.dry_run && <span>{t.dispatches.dryRun}</span>}
      {start && !end && (
        <span>
          {t.dispatches.started} <Moment at={start} />
        </span>
      )}
      {end && (
        <span>
          {t.dispatches.ended} <Moment at={end} />
          {seconds !== null && `, ${t.dispatches.after(took(seconds))}`}
        </span>
      )}
    </div>
  )
}

function Failure({ error }: { error: NonNullable<Dispatch['error']> }) {
  const { t } = useText()
  const { title, detail, stage, facts, traceback } = error
  return (
    <section className={classes.failure} role="alert">
      <strong>
        {title}
        {stage && ` · ${t.dispatches.stages[stage]}`}
      </strong>
      <p>{detail}</p>
      <Facts facts={facts ?? {}} />
      {traceback && (
        <details>
          <summary>{t.dispatches.traceback}</summary>
          <Printed>{traceback}</Printed>
        </details>
      )}
    </section>
  )
}

function About({ dispatch }: { dispatch: Dispatch }) {
  const { t, number } = useText()
  const { order, progress } = dispatch
  const memory = progress.peak_memory
  return (
    <Panel title={t.dispatches.about}>
      <Facts
        facts={{
          [t.dispatches.model]:
            `${dispatch.model}${dispatch.version ? ` ${dispatch.version}` : ''}`,
          [t.dispatches.from]: order.schedule.collect.source,
          [t.dispatches.to]: `${order.schedule.deliver.table} (${order.schedule.deliver.source})`,
          [t.dispatches.parameters]:
            Object.keys(order.parameters ?? {}).length > 0 ? order.parameters : undefined,
          [t.dispatches.attempt]: dispatch.attempt > 1 ? dispatch.attempt : undefined,
          [t.dispatches.where]: [dispatch.launcher, dispatch.host, dispatch.process]
            .filter(Boolean)
            .join(' · '),
          [t.dispatches.memory]:
            typeof memory === 'number' ? `${number(memory / 1e6)} MB` : undefined,
          [t.dispatches.digest]: dispatch.digest,
          [t.dispatches.request]: order.request_id,
        }}
      />
    </Panel>
  )
}
