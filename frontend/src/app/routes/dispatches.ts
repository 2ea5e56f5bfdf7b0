import { createRoute, lazyRouteComponent } from '@tanstack/react-router'
import { oneOf, optionalDay, optionalInstant, optionalText } from '@/shared/search'
import { root } from './root'

const STATES = [
  'queued',
  'running',
  'succeeded',
  'failed',
  'cancelled',
  'timed_out',
  'lost',
] as const
const SPANS = ['hour', 'day', 'week'] as const
const KINDS = ['scheduled', 'manual', 'backfill', 'retry'] as const

interface DispatchesSearch {
  schedule?: string
  state?: (typeof STATES)[number]
  kind?: (typeof KINDS)[number]
  /** The last day whose slots the list shows. */
  to?: string
  /** How much the time line shows, and up to when: left out, up to now. */
  span?: (typeof SPANS)[number]
  at?: string
}

export const dispatches = createRoute({
  getParentRoute: () => root,
  path: '/dispatches',
  validateSearch: (search: Record<string, unknown>): DispatchesSearch => ({
    schedule: optionalText(search.schedule),
    state: oneOf(search.state, STATES),
    kind: oneOf(search.kind, KINDS),
    to: optionalDay(search.to),
    span: oneOf(search.span, SPANS),
    at: optionalInstant(search.at),
  }),
  component: lazyRouteComponent(
    () => import('@/features/dispatches/DispatchesPage'),
    'DispatchesPage',
  ),
})

export const dispatch = createRoute({
  getParentRoute: () => root,
  path: '/dispatches/$id',
  component: lazyRouteComponent(() => import('@/features/dispatches/DispatchPage'), 'DispatchPage'),
})
