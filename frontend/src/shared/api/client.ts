import createClient, { type Middleware } from 'openapi-fetch'
import { noteStatus } from '@/shared/session/ended'
import { hear } from '@/shared/time/clock'
import { asProblem, problemOf } from './problem'
import type { components, paths } from './schema'

export type Schemas = components['schemas']

/** What says that nobody is logged in, or that a log-in failed: of those the latter is no news. */
function isAboutSession({ method, url }: Request): boolean {
  return !(method === 'POST' && new URL(url).pathname === '/session')
}

/** Turns every failure into a ProblemError, so that a query or an action has one kind of error. */
const told: Middleware = {
  async onResponse({ request, response }) {
    hear(response.headers.get('Date'))
    if (isAboutSession(request)) noteStatus(response.status)
    if (!response.ok && response.status !== 304) throw await problemOf(response)
    return undefined
  },
  onError({ error }) {
    return asProblem(error)
  },
}

export const api = createClient<paths>({ baseUrl: '/' })
api.use(told)

/** Return the body of an answer: what is no success was thrown before. */
export async function body<Data>(answer: Promise<{ data?: Data }>): Promise<Data> {
  const { data } = await answer
  return data as Data
}
