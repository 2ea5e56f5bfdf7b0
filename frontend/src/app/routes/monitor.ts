import { createRoute } from '@tanstack/react-router'
import { MonitorPage } from '@/features/monitor/MonitorPage'
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
  // What is opened first is part of what is loaded first.
  component: MonitorPage,
})
