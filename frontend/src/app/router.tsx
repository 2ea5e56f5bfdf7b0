import { createRouter, type ErrorComponentProps } from '@tanstack/react-router'
import { ProblemError } from '@/shared/api/problem'
import { ErrorPanel } from '@/shared/ui/ErrorPanel'
import { audit, profile, settings, tokens, users } from './routes/administration'
import { dispatch, dispatches } from './routes/dispatches'
import { model, models } from './routes/models'
import { monitor } from './routes/monitor'
import { alerts, check, checks, newCheck, source, sources } from './routes/operations'
import { root } from './routes/root'
import { newSchedule, schedule, schedules } from './routes/schedules'
import { showroom } from './routes/showroom'
import { Broken } from './Wrong'

function Failed({ error, reset }: ErrorComponentProps) {
  return error instanceof ProblemError ? (
    <ErrorPanel error={error} onRetry={reset} />
  ) : (
    <Broken message={error instanceof Error ? error.message : String(error)} />
  )
}

/** The addresses; what stands at each is said in routes/, a module a noun. */
const routes = [
  monitor,
  showroom,
  ...[dispatches, dispatch],
  ...[schedules, newSchedule, schedule],
  ...[models, model],
  ...[sources, source],
  ...[checks, newCheck, check],
  alerts,
  ...[users, tokens, audit, settings, profile],
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
