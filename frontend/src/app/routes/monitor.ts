import { createRoute, lazyRouteComponent } from '@tanstack/react-router'
import { oneOf, optionalText } from '@/shared/search'
import { root } from './root'

interface MonitorSearch {
  /** The check that is shown in full. */
  check?: string
  show?: 'troubles'
}

export const monitor = createRoute({
  getParentRoute: () => root,
  path: '/',
  validateSearch: (search: Record<string, unknown>): MonitorSearch => ({
    check: optionalText(search.check),
    show: oneOf(search.show, ['troubles']),
  }),
  component: lazyRouteComponent(() => import('@/features/monitor/MonitorPage'), 'MonitorPage'),
})
