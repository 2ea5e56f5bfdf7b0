import { createRoute, lazyRouteComponent } from '@tanstack/react-router'
import { optionalNumber, optionalText } from '@/shared/search'
import { root } from './root'

interface ShowroomSearch {
  model?: string
  version?: number
  /** The version whose answers stand beside. */
  compare?: number
  /** The request on record that is shown. */
  record?: string
}

export const showroom = createRoute({
  getParentRoute: () => root,
  path: '/showroom',
  validateSearch: (search: Record<string, unknown>): ShowroomSearch => ({
    model: optionalText(search.model),
    version: optionalNumber(search.version),
    compare: optionalNumber(search.compare),
    record: optionalText(search.record),
  }),
  component: lazyRouteComponent(() => import('@/features/showroom/ShowroomPage'), 'ShowroomPage'),
})
