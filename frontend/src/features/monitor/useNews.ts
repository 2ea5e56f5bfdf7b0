import { useThrottledCallback } from '@mantine/hooks'
import { type Query, type QueryKey, useQueryClient } from '@tanstack/react-query'
import { useEffect, useRef, useSyncExternalStore } from 'react'
import type { MonitorDocument } from './document'
import { feed } from './useMonitor'

/** Between two questions while there is news all the time: it bounds what a window costs the service. */
const NEWS_MS = 2_000
/** Between two while the stream of the Monitor says that nothing is new, should it ever miss something. */
const QUIET_MS = 30_000

/** Pages that were asked for one after the other are looked at, not followed. */
const isFollowed = ({ state }: Query) => {
  const { pages } = (state.data ?? {}) as { pages?: unknown[] }
  return (pages?.length ?? 0) <= 1
}

/**
 * Ask again what stands under `queryKey` when the Monitor's stream tells of something new: when `markOf` its
 * document is another one. Returns between how many milliseconds it is asked besides: `otherwise`, where there is
 * no stream.
 */
export function useNews(
  queryKey: QueryKey,
  markOf: (document: MonitorDocument) => string,
  otherwise: number,
): number {
  const queries = useQueryClient()
  const mark = useSyncExternalStore(feed.subscribe, () => {
    const { document, liveness } = feed.read()
    return document !== null && liveness === 'live' ? markOf(document) : null
  })
  const seen = useRef(mark)
  const ask = useThrottledCallback(
    () => void queries.invalidateQueries({ queryKey, predicate: isFollowed }),
    NEWS_MS,
  )
  useEffect(() => {
    if (mark !== null && seen.current !== null && mark !== seen.current) ask()
    seen.current = mark
  }, [mark, ask])
  return mark === null ? otherwise : QUIET_MS
}

/** What is another one when a dispatch has begun, ended, or waits. */
export function markOfDispatches({ schedules, service: { queue } }: MonitorDocument): string {
  const parts = schedules.map(({ last, running }) =>
    [last?.id, last?.state, ...(running ?? []).map(({ id }) => id)].join(' '),
  )
  return [queue?.waiting, queue?.running, ...parts].join(',')
}

/** What is another one when there are new predictions on record. */
export function markOfPredictions({ service }: MonitorDocument): string {
  return service.newest_request ?? ''
}
