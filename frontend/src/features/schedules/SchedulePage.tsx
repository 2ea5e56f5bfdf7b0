import { Anchor, Button, Modal, Skeleton } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { getRouteApi, Link } from '@tanstack/react-router'
import { useState } from 'react'
import { monitorQueries, useScheduleSwitch } from '@/features/monitor/queries'
import { runBars } from '@/features/monitor/runs'
import { useText } from '@/shared/i18n'
import { May } from '@/shared/session/May'
import { Bars } from '@/shared/ui/Bars'
import { ErrorPanel } from '@/shared/ui/ErrorPanel'
import { Facts } from '@/shared/ui/Facts'
import { History } from '@/shared/ui/History'
import { IconPlay } from '@/shared/ui/icons'
import { Page } from '@/shared/ui/Page'
import { Panel } from '@/shared/ui/Panel'
import { Printed } from '@/shared/ui/Printed'
import { StateBadge } from '@/shared/ui/State'
import { AsYaml } from './AsYaml'
import { BackfillForm } from './BackfillForm'
import { Fires } from './Fires'
import { OnOff } from './OnOff'
import { type Overview, scheduleQueries, useRemove, useRunNow } from './queries'
import { ScheduleEditor } from './ScheduleEditor'
import classes from './SchedulePage.module.css'

const route = getRouteApi('/schedules/$name')

/** One schedule: what it does, when it is due, its history; and its editor. */
export function SchedulePage() {
  const { name } = route.useParams()
  const { edit } = route.useSearch()
  const found = useQuery(scheduleQueries.one(name))
  return (
    <Page title={name} side={found.data && !edit && <Actions schedule={found.data} />}>
      {found.isPending && <Skeleton height={320} radius="lg" />}
      {found.isError && !found.data && (
        <ErrorPanel error={found.error} onRetry={() => void found.refetch()} />
      )}
      {found.data &&
        (edit ? <ScheduleEditor there={found.data} /> : <Shown schedule={found.data} />)}
    </Page>
  )
}

function Actions({ schedule }: { schedule: Overview }) {
  const { t } = useText()
  const { name, declared_in: file, paused } = schedule
  const run = useRunNow(name)
  const turn = useScheduleSwitch(name)
  const isPaused = turn.isPending ? !turn.variables : paused
  return (
    <May as="operator">
      <OnOff name={name} isPaused={isPaused} turn={turn} />
      <Button
        leftSection={<IconPlay size={16} />}
        loading={run.isPending}
        onClick={() => run.mutate()}
      >
        {t.schedules.run}
      </Button>
      {!file && (
        <>
          <Button
            variant="default"
            renderRoot={(props) => (
              <Link to="/schedules/$name" params={{ name }} search={{ edit: true }} {...props} />
            )}
          >
            {t.schedules.edit}
          </Button>
          <Remove name={name} />
        </>
      )}
    </May>
  )
}

function Remove({ name }: { name: string }) {
  const { t } = useText()
  const [isAsking, setAsking] = useState(false)
  const remove = useRemove(name)
  return (
    <>
      <Button variant="default" onClick={() => setAsking(true)}>
        {t.schedules.remove}
      </Button>
      <Modal
        opened={isAsking}
        onClose={() => setAsking(false)}
        title={<strong>{t.schedules.removeQuestion(name)}</strong>}
        closeButtonProps={{ 'aria-label': t.common.close }}
      >
        <p className={classes.question}>{t.schedules.removeDetail}</p>
        <div className={classes.buttons}>
          <Button variant="default" onClick={() => setAsking(false)}>
            {t.common.cancel}
          </Button>
          <Button color="red.8" loading={remove.isPending} onClick={() => remove.mutate()}>
            {t.schedules.remove}
          </Button>
        </div>
      </Modal>
    </>
  )
}

function Shown({ schedule }: { schedule: Overview }) {
  const { t } = useText()
  const { name, spec, paused, last, fault, declared_in: file, warnings } = schedule
  const fires = useQuery(scheduleQueries.fires(name))
  const events = useQuery(scheduleQueries.events(name))
  const text = useText()
  const history = useQuery(monitorQueries.history())
  const bars = runBars(history.data?.schedules[name] ?? [], text)
  return (
    <>
      {fault && <p role="alert">{`${t.check.fault}: ${fault}`}</p>}
      <p className={classes.about}>
        {paused && <StateBadge state="paused" />}
        <span>{spec?.description}</span>
      </p>
      {file && <p className={classes.dim}>{t.check.declared(file)}</p>}
      {warnings?.map((one) => (
        <p key={one} className={classes.warning}>
          {one}
        </p>
      ))}
      <div className={classes.columns}>
        <Panel title={text.told(schedule) ?? t.monitor.byHand}>
          <Fires fires={paused ? [] : (fires.data?.fires ?? [])} />
          {bars.length > 0 && (
            <div className={classes.bars}>
              <Bars bars={bars} label={t.monitor.recentLabel(name)} />
            </div>
          )}
          {last && (
            <p className={classes.last}>
              <StateBadge state={last.state} />
              <Anchor
                renderRoot={(props) => (
                  <Link to="/dispatches" search={{ schedule: name }} {...props} />
                )}
              >
                {t.schedules.dispatches}
              </Anchor>
            </p>
          )}
        </Panel>
        <May as="operator">
          <Panel title={t.schedules.backfill}>
            <BackfillForm name={name} />
          </Panel>
        </May>
      </div>
      {spec && <Spec spec={spec} />}
      {spec && <AsYaml name={name} revision={schedule.revision} />}
      <History events={events.data?.items} />
    </>
  )
}

/** Say a choice in the words of the language; one that is new to the page as it is. */
function said(words: Record<string, string>, choice: string | undefined): string | undefined {
  return choice && (words[choice] ?? choice)
}

function Spec({ spec }: { spec: NonNullable<Overview['spec']> }) {
  const { t } = useText()
  const { collect, deliver, policies } = spec
  return (
    <Panel title={t.schedules.what}>
      <Facts
        facts={{
          [t.dispatches.model]: spec.version ? `${spec.model} ${spec.version}` : spec.model,
          [t.dispatches.from]: collect.source,
          [t.schedules.key]: collect.key,
          [t.schedules.window]: collect.window && `${collect.window.start} … ${collect.window.end}`,
          [t.dispatches.to]:
            `${deliver.table} (${deliver.source}), ${said(t.schedules.modes, deliver.mode)}`,
          [t.schedules.timezone]: spec.timezone,
          [t.schedules.catchUp]: said(t.schedules.catchUps, policies?.catch_up),
          [t.schedules.overlap]: said(t.schedules.overlaps, policies?.overlap),
          [t.schedules.retries]: policies?.retries?.limit,
          [t.schedules.timeOut]: policies?.time_out,
          [t.schedules.priority]: policies?.priority || undefined,
          [t.schedules.launcher]: spec.launcher,
        }}
      />
      <Printed className={classes.query}>{collect.query}</Printed>
    </Panel>
  )
}
