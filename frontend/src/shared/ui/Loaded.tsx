import { Skeleton } from '@mantine/core'
import type { UseQueryResult } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { ErrorPanel } from './ErrorPanel'

interface Props<Data> {
  query: UseQueryResult<Data>
  /** How much room it will take, in pixels. */
  height?: number
  children: (data: Data) => ReactNode
}

/** What was asked for, once it is there; until then its place, or why it is not to be had. */
export function Loaded<Data>({ query, height = 240, children }: Props<Data>) {
  if (query.data !== undefined) return children(query.data)
  if (query.isError) {
    return <ErrorPanel error={query.error} onRetry={() => void query.refetch()} />
  }
  return <Skeleton height={height} radius="lg" />
}
