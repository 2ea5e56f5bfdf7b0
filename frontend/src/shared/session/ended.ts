import { useSyncExternalStore } from 'react'

/** Whether the session of this browser has ended while the page was open. */
let isEnded = false
const listeners = new Set<() => void>()

function set(value: boolean): void {
  if (isEnded === value) return
  isEnded = value
  for (const listener of listeners) listener()
}

/** Take note of whether an answer came to somebody who is logged in. */
export function noteStatus(status: number): void {
  if (status === 401) set(true)
  else if (status < 400) set(false)
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

/** Return whether one has to log in again; a log-in in another window counts too. */
export function useHasEnded(): boolean {
  return useSyncExternalStore(subscribe, () => isEnded)
}
