import {
  createRootRoute,
  createRoute,
  createRouter,
  type ErrorComponentProps,
  lazyRouteComponent,
} from '@tanstack/react-router'
import { ProblemError } from '@/shared/api/problem'
import { oneOf, optionalNumber, optionalText } from '@/shared/search'
import { ErrorPanel } from '@/shared/ui/ErrorPanel'
import { Layout } from './Layout'
import { Broken, Missing } from './Wrong'

function Failed({ error, reset }: ErrorComponentProps) {
  return error instanceof ProblemError ? (
    <ErrorPanel error={error} onRetry={reset} />
  ) : (
    <Broken message={error instanceof Error ? error.message : String(error)} />
  )
}

interface MonitorSearch {
  /** The check that is shown in full. */
  check?: string
  show?: 'troubles'
}

const root = createRootRoute({ component: Layout, notFoundComponent: Missing })

const monitor = createRoute({
  getParentRoute: () => root,
  path: '/',
  validateSearch: (search: Record<string, unknown>): MonitorSearch => ({
    check: optionalText(search.check),
    show: oneOf(search.show, ['troubles']),
  }),
  component: lazyRouteComponent(() => import('@/features/monitor/MonitorPage'), 'MonitorPage'),
})

interface ShowroomSearch {
  model?: string
  version?: number
  /** The version whose answers stand beside. */
  compare?: number
  /** The request on record that is shown. */
  record?: string
}

const showroom = createRoute({
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

const STATES = [
  'queued',
  'running',
  'succeeded',
  'failed',
  'cancelled',
  'timed_out',
  'lost',
] as const
const KINDS = ['scheduled', 'manual', 'backfill', 'retry'] as const

interface DispatchesSearch {
  schedule?: string
  state?: (typeof STATES)[number]
  kind?: (typeof KINDS)[number]
}

const dispatches = createRoute({
  getParentRoute: () => root,
  path: '/dispatches',
  validateSearch: (search: Record<string, unknown>): DispatchesSearch => ({
    schedule: optionalText(search.schedule),
    state: oneOf(search.state, STATES),
    kind: oneOf(search.kind, KINDS),
  }),
  component: lazyRouteComponent(
    () => import('@/features/dispatches/DispatchesPage'),
    'DispatchesPage',
  ),
})

const dispatch = createRoute({
  getParentRoute: () => root,
  path: '/dispatches/$id',
  component: lazyRouteComponent(() => import('@/features/dispatches/DispatchPage'), 'DispatchPage'),
})

const schedules = createRoute({
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

const newSchedule = createRoute({
  getParentRoute: () => root,
  path: '/schedules/new',
  component: lazyRouteComponent(
    () => import('@/features/schedules/NewSchedulePage'),
    'NewSchedulePage',
  ),
})

const schedule = createRoute({
  getParentRoute: () => root,
  path: '/schedules/$name',
  validateSearch: (search: Record<string, unknown>): { edit?: true } => ({
    edit: search.edit === true ? true : undefined,
  }),
  component: lazyRouteComponent(() => import('@/features/schedules/SchedulePage'), 'SchedulePage'),
})

const models = createRoute({
  getParentRoute: () => root,
  path: '/models',
  component: lazyRouteComponent(() => import('@/features/models/ModelsPage'), 'ModelsPage'),
})

const model = createRoute({
  getParentRoute: () => root,
  path: '/models/$name',
  component: lazyRouteComponent(() => import('@/features/models/ModelPage'), 'ModelPage'),
})

const routes = [
  monitor,
  showroom,
  dispatches,
  dispatch,
  schedules,
  newSchedule,
  schedule,
  models,
  model,
] as const

/** Make the router: the addresses below /ui/, and what stands at each. */
export function makeRouter() {
  return createRouter({
    routeTree: root.addChildren(routes),
    basepath: '/ui',
    defaultPreload: 'intent',
    defaultErrorComponent: Failed,
    scrollRestoration: true,
  })
}

declare module '@tanstack/react-router' {
  interface Register {
    router: ReturnType<typeof makeRouter>
  }
}
