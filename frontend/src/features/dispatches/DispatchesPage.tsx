import { Skeleton, TextInput } from '@mantine/core'
import { useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import { useCallback, useMemo } from 'react'
import { monitorQueries } from '@/features/monitor/queries'
import { markOfDispatches, useNews } from '@/features/monitor/useNews'
import { useText } from '@/shared/i18n'
import { ChoiceOf, Choices } from '@/shared/ui/Choices'
import { Empty } from '@/shared/ui/Empty'
import { ErrorPanel } from '@/shared/ui/ErrorPanel'
import { IconBolt } from '@/shared/ui/icons'
import { Page } from '@/shared/ui/Page'
import { Panel } from '@/shared/ui/Panel'
import { useSearchChange } from '@/shared/useSearchChange'
import { DispatchList } from './DispatchList'
import { Matrix } from './Matrix'
import { dispatchQueries, type Filters, REFRESH_MS } from './queries'
import { Timeline } from './Timeline'

const route = getRouteApi('/dispatches')
const STATES = [
  'queued',
  'running',
  'succeeded',
  'failed',
  'cancelled',
  'timed_out',
  'lost',
] as const
const LISTS = ['dispatches', 'list']
const KINDS = ['scheduled', 'manual', 'backfill', 'retry'] as const

/** What ran, what runs, what waits. */
export function DispatchesPage() {
  const { t } = useText()
  const { schedule, state, kind, to } = route.useSearch()
  const filters: Filters = { schedule, state, kind, to }
  const every = useNews(LISTS, markOfDispatches, REFRESH_MS)
  const found = useInfiniteQuery(dispatchQueries.list(filters, every))
  const { data, fetchNextPage } = found
  const items = useMemo(() => data?.pages.flatMap((page) => page.items) ?? [], [data])
  const more = useCallback(() => void fetchNextPage(), [fetchNextPage])
  const isFiltered = Object.values(filters).some((one) => one !== undefined)
  return (
    <Page title={t.dispatches.title}>
      <Timeline />
      <Matrix />
      <Panel title={t.dispatches.list} side={<Choice filters={filters} />} flush>
        {found.isPending && <Skeleton height={320} radius={0} />}
        {found.isError && !found.data && (
          <ErrorPanel error={found.error} onRetry={() => void found.refetch()} />
        )}
        {found.isSuccess && items.length === 0 && (
          <Empty
            icon={<IconBolt size={32} />}
            title={isFiltered ? t.dispatches.noneFits : t.dispatches.none}
            detail={isFiltered ? undefined : t.dispatches.noneDetail}
            command={isFiltered ? undefined : 'disparo dispatch run SCHEDULE'}
          />
        )}
        {items.length > 0 && (
          <DispatchList
            dispatches={items}
            hasMore={found.hasNextPage}
            isLoading={found.isFetchingNextPage}
            onMore={more}
          />
        )}
      </Panel>
    </Page>
  )
}

function Choice({ filters }: { filters: Filters }) {
  const { t } = useText()
  const change = useSearchChange<Filters>()
  const history = useQuery(monitorQueries.history())
  return (
    <Choices>
      <ChoiceOf
        label={t.dispatches.schedule}
        data={Object.keys(history.data?.schedules ?? {})}
        value={filters.schedule}
        searchable
        onChange={(schedule) => change({ schedule })}
      />
      <ChoiceOf
        label={t.dispatches.state}
        data={STATES.map((value) => ({ value, label: t.states[value] }))}
        value={filters.state}
        onChange={(state) => change({ state })}
      />
      <ChoiceOf
        label={t.dispatches.kind}
        data={KINDS.map((value) => ({ value, label: t.dispatches.kinds[value] }))}
        value={filters.kind}
        onChange={(kind) => change({ kind })}
      />
      <TextInput
        type="date"
        size="xs"
        aria-label={t.dispatches.upTo}
        title={t.dispatches.upTo}
        value={filters.to ?? ''}
        onChange={(event) => change({ to: event.currentTarget.value || undefined })}
      />
    </Choices>
  )
}
