import type { UseQueryResult } from '@tanstack/react-query'
import type { ComponentProps, ReactNode } from 'react'
import { Empty } from './Empty'
import { Loaded } from './Loaded'
import { Panel } from './Panel'

interface Props<Item> {
  query: UseQueryResult<{ items: Item[] }>
  title: string
  side?: ReactNode
  /** What is said where there are none. */
  empty: ComponentProps<typeof Empty>
  children: (items: Item[]) => ReactNode
}

/** A list that was asked for, in a panel of its own; or what to do where it is empty. */
export function ListPanel<Item>({ query, title, side, empty, children }: Props<Item>) {
  return (
    <Loaded query={query}>
      {({ items }) => (
        <Panel title={title} side={side} flush>
          {items.length > 0 ? children(items) : <Empty {...empty} />}
        </Panel>
      )}
    </Loaded>
  )
}
