import { createRoute, lazyRouteComponent } from '@tanstack/react-router'
import { optionalText } from '@/shared/search'
import { root } from './root'

export const schedules = createRoute({
  getParentRoute: () => root,
  path: '/schedules',
  validateSearch: (search: Record<string, unknown>): { text?: string } => ({
    text: optionalText(search.text),
  }),
  component: lazyRouteComponent(
    () => import('@/features/schedules/SchedulesPage'),
    'SchedulesPage',
  ),
})

export const newSchedule = createRoute({
  getParentRoute: () => root,
  path: '/schedules/new',
  component: lazyRouteComponent(
    () => import('@/features/schedules/NewSchedulePage'),
    'NewSchedulePage',
  ),
})

export const schedule = createRoute({
  getParentRoute: () => root,
  path: '/schedules/$name',
  validateSearch: (search: Record<string, unknown>): { edit?: true } => ({
    edit: search.edit === true ? true : undefined,
  }),
  component: lazyRouteComponent(() => import('@/features/schedules/SchedulePage'), 'SchedulePage'),
})
