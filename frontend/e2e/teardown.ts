import { rmSync } from 'node:fs'

/** Leaves nothing of the service's state. */
export default function teardown(): void {
  const state = process.env.DISPARO_VAR
  if (state?.includes('disparo-page-')) rmSync(state, { recursive: true, force: true })
}
