import { createRoute, lazyRouteComponent } from '@tanstack/react-router'
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
