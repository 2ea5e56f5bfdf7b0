import { createRoute, lazyRouteComponent } from '@tanstack/react-router'
import { root } from './root'

export const models = createRoute({
  getParentRoute: () => root,
  path: '/models',
  component: lazyRouteComponent(() => import('@/features/models/ModelsPage'), 'ModelsPage'),
})

export const model = createRoute({
  getParentRoute: () => root,
  path: '/models/$name',
  component: lazyRouteComponent(() => import('@/features/models/ModelPage'), 'ModelPage'),
})
