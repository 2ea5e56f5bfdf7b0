import { Button, Skeleton } from '@mantine/core'
import { useInfiniteQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { markOfPredictions, useNews } from '@/features/monitor/useNews'
import type { Schemas } from '@/shared/api/client'
import { useText } from '@/shared/i18n'
import { Moment } from '@/shared/time/Moment'
import { Empty } from '@/shared/ui/Empty'
import { ErrorPanel } from '@/shared/ui/ErrorPanel'
import { IconSpark } from '@/shared/ui/icons'
import { Panel } from '@/shared/ui/Panel'
import { Short } from './ManyAnswers'
import { RECENT_MS, RECENTS, showroomQueries } from './queries'
import { ExportMenu, RecentFilter, useRecentFilters } from './RecentFilter'
import classes from './RecentPanel.module.css'
import type { Prediction } from './types'

/** The newest requests on record, each with the way to its record. */
export function RecentPanel({ model }: { model: string }) {
  const { t } = useText()
  const filters = useRecentFilters()
  const every = useNews(RECENTS, markOfPredictions, RECENT_MS)
  const recent = useInfiniteQuery(showroomQueries.recent(model, filters, every))
  const items = recent.data?.pages.flatMap((page) => page.items) ?? []
  const isFiltered = Object.entries(filters).some(
    ([name, value]) => value !== undefined && name !== 'kind',
  )
  return (
    <Panel title={t.showroom.recent} side={<ExportMenu model={model} filters={filters} />} flush>
      <RecentFilter key={model} model={model} />
      {recent.isPending && <Skeleton height={160} radius={0} />}
      {recent.isError && !recent.data && (
        <ErrorPanel error={recent.error} onRetry={() => void recent.refetch()} />
      )}
      {recent.isSuccess && items.length === 0 && isFiltered && (
        <Empty
          icon={<IconSpark size={32} />}
          title={t.showroom.noneFits}
          detail={recent.hasNextPage ? t.showroom.noneFitsYet : undefined}
        />
      )}
      {recent.isSuccess && items.length === 0 && !isFiltered && (
        <Empty
          icon={<IconSpark size={32} />}
          title={t.showroom.noRecent}
          detail={t.showroom.noRecentDetail}
        />
      )}
      <ul className={classes.list}>
        {items.map((one) => (
          <Row key={one.id} request={one} />
        ))}
      </ul>
      {recent.hasNextPage && (
        <div className={classes.more}>
          <Button
            variant="subtle"
            size="xs"
            loading={recent.isFetchingNextPage}
            onClick={() => void recent.fetchNextPage()}
          >
            {t.common.more}
          </Button>
        </div>
      )}
    </Panel>
  )
}

function Row({ request }: { request: Schemas['PredictionOverview'] }) {
  const { t } = useText()
  const { inputs, output, outcome } = request.case
  const told = Object.entries(inputs).map(([name, value]) => `${name} ${value}`)
  return (
    <li>
      <Link
        from="/showroom"
        search={(before) => ({ ...before, record: request.id })}
        className={classes.row}
        resetScroll={false}
      >
        <strong>
          <Short prediction={output as Prediction} />
        </strong>
        <span className={classes.inputs} title={told.join('\n')}>
          {told.join(' · ')}
        </span>
        <span className={classes.dim}>
          {request.kind !== 'live' && `${t.showroom.kinds[request.kind] ?? request.kind} · `}
          {t.showroom.version(request.version)}
          {request.cases > 1 && ` · ${t.showroom.cases(request.cases)}`}
          {outcome !== null && outcome !== undefined && ` · ${t.showroom.was(String(outcome))}`}
        </span>
        <Moment at={request.received_at} className={classes.dim} />
      </Link>
    </li>
  )
}
