import { createRoute, lazyRouteComponent } from '@tanstack/react-router'
import { oneOf } from '@/shared/search'
import { root } from './root'

export const sources = createRoute({
  getParentRoute: () => root,
  path: '/sources',
  component: lazyRouteComponent(() => import('@/features/sources/SourcesPage'), 'SourcesPage'),
})

export const source = createRoute({
  getParentRoute: () => root,
  path: '/sources/$name',
  component: lazyRouteComponent(() => import('@/features/sources/SourcePage'), 'SourcePage'),
})

const KINDS = ['host', 'database', 'http', 'schedule', 'disk', 'service'] as const
const STATES = ['up', 'degraded', 'down', 'paused', 'unknown'] as const

interface ChecksSearch {
  of?: (typeof KINDS)[number]
  /** The state that they are in. */
  is?: (typeof STATES)[number]
}

export const checks = createRoute({
  getParentRoute: () => root,
  path: '/checks',
  validateSearch: (search: Record<string, unknown>): ChecksSearch => ({
    of: oneOf(search.of, KINDS),
    is: oneOf(search.is, STATES),
  }),
  component: lazyRouteComponent(() => import('@/features/checks/ChecksPage'), 'ChecksPage'),
})

export const newCheck = createRoute({
  getParentRoute: () => root,
  path: '/checks/new',
  component: lazyRouteComponent(() => import('@/features/checks/NewCheckPage'), 'NewCheckPage'),
})

interface CheckSearch {
  edit?: true
  /** How results are gathered; each look, where it is left out. */
  by?: 'raw' | 'hour' | 'day'
}

export const check = createRoute({
  getParentRoute: () => root,
  path: '/checks/$name',
  validateSearch: (search: Record<string, unknown>): CheckSearch => ({
    edit: search.edit === true ? true : undefined,
    by: oneOf(search.by, ['hour', 'day']),
  }),
  component: lazyRouteComponent(() => import('@/features/checks/CheckPage'), 'CheckPage'),
})

interface AlertsSearch {
  /** What is shown; what was sent, where it is left out. */
  tab?: 'sent' | 'rules' | 'channels' | 'windows'
  outcome?: 'waiting' | 'sent' | 'failed'
}

export const alerts = createRoute({
  getParentRoute: () => root,
  path: '/alerts',
  validateSearch: (search: Record<string, unknown>): AlertsSearch => ({
    tab: oneOf(search.tab, ['rules', 'channels', 'windows']),
    outcome: oneOf(search.outcome, ['waiting', 'sent', 'failed']),
  }),
  component: lazyRouteComponent(() => import('@/features/alerts/AlertsPage'), 'AlertsPage'),
})
