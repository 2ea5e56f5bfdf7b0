import { Button } from '@mantine/core'
import { useInfiniteQuery } from '@tanstack/react-query'
import { getRouteApi, Link } from '@tanstack/react-router'
import { useText } from '@/shared/i18n'
import { May } from '@/shared/session/May'
import { Moment } from '@/shared/time/Moment'
import { ChoiceOf, Choices } from '@/shared/ui/Choices'
import { Empty } from '@/shared/ui/Empty'
import { IconBell } from '@/shared/ui/icons'
import { Loaded } from '@/shared/ui/Loaded'
import { MorePages } from '@/shared/ui/MorePages'
import { Panel } from '@/shared/ui/Panel'
import { Records } from '@/shared/ui/Records'
import { StateBadge } from '@/shared/ui/State'
import { useSearchChange } from '@/shared/useSearchChange'
import classes from './AlertsPage.module.css'
import { type Alert, type AlertState, alertQueries, useRetry } from './queries'

const route = getRouteApi('/alerts')
const STATES = ['waiting', 'sent', 'failed'] as const

/** What was sent, what waits to be, and what could not be. */
export function HistoryTab() {
  const { t } = useText()
  const { outcome: state } = route.useSearch()
  const alerts = useInfiniteQuery(alertQueries.list(state))
  return (
    <Loaded query={alerts}>
      {({ pages }) => {
        const items = pages.flatMap((page) => page.items)
        return (
          <Panel title={t.alerts.history} side={<Choice state={state} />} flush>
            {items.length > 0 ? (
              <AlertList alerts={items} />
            ) : (
              <Empty
                icon={<IconBell size={32} />}
                title={state ? t.nav.nothingFound : t.monitor.noAlerts}
                detail={state ? undefined : t.alerts.historyNone}
              />
            )}
            <MorePages query={alerts} />
          </Panel>
        )
      }}
    </Loaded>
  )
}

function Choice({ state }: { state: AlertState | undefined }) {
  const { t } = useText()
  const change = useSearchChange<{ outcome?: AlertState }>()
  return (
    <Choices>
      <ChoiceOf
        label={t.check.state}
        data={STATES.map((value) => ({ value, label: t.states[value] }))}
        value={state}
        onChange={(outcome) => change({ outcome })}
      />
    </Choices>
  )
}

function AlertList({ alerts }: { alerts: readonly Alert[] }) {
  const { t } = useText()
  return (
    <Records
      label={t.alerts.history}
      items={alerts}
      keyOf={(alert) => alert.id}
      title={{ name: t.alerts.about, cell: (alert) => <About alert={alert} /> }}
      columns={[
        { name: t.alerts.became, cell: ({ notice }) => <StateBadge state={notice.after} /> },
        {
          name: t.alerts.channel,
          cell: (alert) => (
            <span>
              {alert.channel} <span className={classes.dim}>{t.alerts.by(alert.rule)}</span>
            </span>
          ),
        },
        { name: t.alerts.outcome, cell: (alert) => <Outcome alert={alert} /> },
        { name: t.alerts.at, cell: ({ notice }) => <Moment at={notice.at} />, isEnd: true },
      ]}
      actions={(alert) => alert.state === 'failed' && <Retry id={alert.id} />}
    />
  )
}

function About({ alert: { notice, reminder } }: { alert: Alert }) {
  const { t } = useText()
  const { subject, name } = notice
  return (
    <span className={classes.lines}>
      {subject === 'check' && (
        <Link to="/checks/$name" params={{ name }}>
          {name}
        </Link>
      )}
      {subject === 'schedule' && (
        <Link to="/schedules/$name" params={{ name }}>
          {name}
        </Link>
      )}
      {subject === 'model' && (
        <Link to="/models/$name" params={{ name }}>
          {name}
        </Link>
      )}
      <span className={classes.dim}>
        {t.monitor.subjects[subject]}
        {reminder > 0 && ` · ${t.monitor.alert.reminder(reminder)}`}
      </span>
    </span>
  )
}

function Outcome({ alert }: { alert: Alert }) {
  const { t } = useText()
  return (
    <span className={classes.lines}>
      <span>
        <StateBadge state={alert.state} />
      </span>
      <span className={classes.dim}>
        {alert.detail ?? t.monitor.alert.attempts(alert.attempts)}
      </span>
    </span>
  )
}

function Retry({ id }: { id: number }) {
  const { t } = useText()
  const retry = useRetry(id)
  return (
    <May as="operator">
      <Button size="xs" variant="default" loading={retry.isPending} onClick={() => retry.mutate()}>
        {t.common.retry}
      </Button>
    </May>
  )
}
