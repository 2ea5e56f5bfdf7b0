import { Button, Skeleton } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import type { Schemas } from '@/shared/api/client'
import { useText } from '@/shared/i18n'
import { Moment } from '@/shared/time/Moment'
import { Empty } from '@/shared/ui/Empty'
import { ErrorPanel } from '@/shared/ui/ErrorPanel'
import { IconBell } from '@/shared/ui/icons'
import { Panel } from '@/shared/ui/Panel'
import { StateBadge, StateShape } from '@/shared/ui/State'
import classes from './AlertsPanel.module.css'
import { monitorQueries } from './queries'

/** What people were told last, and whether it arrived. */
export function AlertsPanel() {
  const { t } = useText()
  const alerts = useQuery(monitorQueries.alerts())
  return (
    <Panel title={t.monitor.alerts} flush>
      {alerts.isPending && <Skeleton height={120} radius={0} />}
      {alerts.isError && !alerts.data && (
        <ErrorPanel error={alerts.error} onRetry={() => void alerts.refetch()} />
      )}
      {alerts.data?.items.length === 0 && (
        <Empty
          icon={<IconBell size={32} />}
          title={t.monitor.noAlerts}
          detail={t.monitor.noAlertsDetail}
        >
          <Button
            variant="default"
            renderRoot={(props) => <Link to="/alerts" search={{ tab: 'rules' }} {...props} />}
          >
            {t.monitor.toRules}
          </Button>
        </Empty>
      )}
      <ul className={classes.list}>
        {alerts.data?.items.map((one) => (
          <Told key={one.id} alert={one} />
        ))}
      </ul>
    </Panel>
  )
}

function Told({ alert }: { alert: Schemas['Alert'] }) {
  const { t } = useText()
  const { subject, name, after, detail, at } = alert.notice
  return (
    <li className={classes.alert} title={detail}>
      <StateShape state={after} />
      <span className={classes.words}>
        <strong>{name}</strong>
        <span className={classes.dim}>
          {t.monitor.subjects[subject] ?? subject} · {alert.channel}
          {alert.reminder > 0 && ` · ${t.monitor.alert.reminder(alert.reminder)}`}
        </span>
      </span>
      <span className={classes.end}>
        <StateBadge state={alert.state} />
        <Moment at={at} className={classes.dim} />
      </span>
    </li>
  )
}
