import { createRoute, lazyRouteComponent } from '@tanstack/react-router'
import { oneOf, optionalNumber, optionalText } from '@/shared/search'
import { root } from './root'

export const models = createRoute({
  getParentRoute: () => root,
  path: '/models',
  component: lazyRouteComponent(() => import('@/features/models/ModelsPage'), 'ModelsPage'),
})

interface ModelSearch {
  tab?: 'versions' | 'compare' | 'drift' | 'performance'
  /** The two versions that are compared. */
  a?: number
  b?: number
  /** The version, whose cases, the input and the days that are drawn. */
  version?: number
  origin?: 'requests' | 'dispatches'
  input?: string
  days?: number
}

export const model = createRoute({
  getParentRoute: () => root,
  path: '/models/$name',
  validateSearch: (search: Record<string, unknown>): ModelSearch => ({
    tab: oneOf(search.tab, ['versions', 'compare', 'drift', 'performance']),
    a: optionalNumber(search.a),
    b: optionalNumber(search.b),
    version: optionalNumber(search.version),
    origin: oneOf(search.origin, ['requests', 'dispatches']),
    input: optionalText(search.input),
    days: oneOf(String(search.days), ['7', '30', '90', '365']) && optionalNumber(search.days),
  }),
  component: lazyRouteComponent(() => import('@/features/models/ModelPage'), 'ModelPage'),
})
