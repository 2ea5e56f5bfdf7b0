import { Skeleton } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { lazy, Suspense } from 'react'
import { useText } from '@/shared/i18n'
import { ErrorPanel } from '@/shared/ui/ErrorPanel'
import { Page } from '@/shared/ui/Page'
import { AlertsPanel } from './AlertsPanel'
import { CheckDrawer } from './CheckDrawer'
import { ChecksPanel } from './ChecksPanel'
import classes from './MonitorPage.module.css'
import { monitorQueries } from './queries'
import { SchedulesPanel } from './SchedulesPanel'
import { feed, useMonitor } from './useMonitor'
import { Verdict } from './Verdict'

/** All at a glance: is anything down, what ran last, what runs next. */
export function MonitorPage() {
  const { t } = useText()
  const { document, liveness, error } = useMonitor()
  return (
    <Page title={t.monitor.title}>
      {liveness === 'stale' && error !== null && document === null && (
        <ErrorPanel error={error} onRetry={feed.ask} />
      )}
      {document === null ? (
        <Waiting />
      ) : (
        <>
          <Verdict document={document} />
          <div className={classes.parts}>
            <div className={classes.schedules}>
              <SchedulesPanel schedules={document.schedules} />
            </div>
            <div className={classes.checks}>
              <ChecksPanel document={document} />
            </div>
            <div className={classes.cluster}>
              <Cluster />
            </div>
            <div className={classes.alerts}>
              <AlertsPanel />
            </div>
          </div>
          <CheckDrawer document={document} />
        </>
      )}
    </Page>
  )
}

/** Few have a cluster: what draws it is loaded by them alone. */
const SlurmPanel = lazy(() => import('./SlurmPanel').then((one) => ({ default: one.SlurmPanel })))

function Cluster() {
  const { data } = useQuery(monitorQueries.slurm())
  if (!data?.enabled) return null
  return (
    <Suspense fallback={<Skeleton height={220} radius="lg" />}>
      <SlurmPanel told={data} />
    </Suspense>
  )
}

function Waiting() {
  return (
    <div className={classes.waiting} aria-busy="true">
      <Skeleton height={92} radius="lg" />
      <Skeleton height={220} radius="lg" />
      <Skeleton height={320} radius="lg" />
    </div>
  )
}
