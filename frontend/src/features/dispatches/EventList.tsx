import { Skeleton } from '@mantine/core'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { useText } from '@/shared/i18n'
import { Moment } from '@/shared/time/Moment'
import { ErrorPanel } from '@/shared/ui/ErrorPanel'
import classes from './EventList.module.css'
import { type DispatchState, dispatchQueries } from './queries'

/** What happened, in its order. */
export function EventList({ id, state }: { id: number; state: DispatchState }) {
  const { t } = useText()
  const events = useQuery({
    ...dispatchQueries.events(id, state),
    placeholderData: keepPreviousData,
  })
  if (events.isPending) return <Skeleton height={120} />
  if (events.isError) {
    return <ErrorPanel error={events.error} onRetry={() => void events.refetch()} />
  }
  return (
    <ol className={classes.events}>
      {events.data.items.map((event) => (
        <li key={event.id} title={JSON.stringify(event.detail, null, 1)}>
          <strong>{t.events[event.name] ?? event.name}</strong>
          <span>
            {t.dispatches.by(event.actor)} · <Moment at={event.at} />
          </span>
        </li>
      ))}
    </ol>
  )
}
