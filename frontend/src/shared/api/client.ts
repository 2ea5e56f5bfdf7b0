import createClient, { type Middleware } from 'openapi-fetch'
import { hear } from '@/shared/time/clock'
import { asProblem, problemOf } from './problem'
import type { components, paths } from './schema'

export type Schemas = components['schemas']

/** Leave for the page where one logs in, which leads back to where one was. */
export function goToLogin(): void {
  const { pathname, search } = window.location
  window.location.assign(`/login?next=${encodeURIComponent(pathname + search)}`)
}

/** Turns every failure into a ProblemError, so that a query or an action has one kind of error. */
const told: Middleware = {
  async onResponse({ response }) {
    hear(response.headers.get('Date'))
    if (response.status === 401) goToLogin()
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
