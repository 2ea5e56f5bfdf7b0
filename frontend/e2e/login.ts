import { join } from 'node:path'
import { type FullConfig, request } from '@playwright/test'

/** Who can log in to the service that the tests have, by role; tests/page/served.py makes them. */
export const NAMES = { admin: 'ada', operator: 'otto', viewer: 'vera' } as const
export const PASSWORD = 'three words do well'
export type Role = keyof typeof NAMES
export const ROLES = Object.keys(NAMES) as Role[]

/** Return where the cookies of who has logged in with a role are kept. */
export function stateOf(role: Role): string {
  return join(String(process.env.DISPARO_VAR), `logged-in-${role}.json`)
}

/** Log in once with each role. */
export default async function logIn(config: FullConfig): Promise<void> {
  const baseURL = config.projects[0]?.use.baseURL
  for (const role of ROLES) {
    const context = await request.newContext({ baseURL })
    const answer = await context.post('/session', {
      data: { name: NAMES[role], password: PASSWORD },
    })
    if (!answer.ok()) throw new Error(`${NAMES[role]} cannot log in: ${await answer.text()}`)
    await context.storageState({ path: stateOf(role) })
    await context.dispose()
  }
}
