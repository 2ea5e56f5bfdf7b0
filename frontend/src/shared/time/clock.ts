import { useSyncExternalStore } from 'react'

/**
 * The service's clock: countdowns and ages are told by it, whatever the clock of the browser says.
 * Differences below 2 seconds are the way of the answer, and none.
 */
let offset = 0

/** Take over the time at which an answer was made. */
export function hear(date: string | null): void {
  if (!date) return
  const difference = Date.parse(date) - Date.now()
  if (Number.isFinite(difference)) offset = Math.abs(difference) < 2000 ? 0 : difference
}

export function now(): number {
  return Date.now() + offset
}

type Listener = () => void
const listeners = new Set<Listener>()
let shown = now()
let timer: ReturnType<typeof setInterval> | undefined

function tick(): void {
  shown = now()
  for (const listener of listeners) listener()
}

function subscribe(listener: Listener): Listener {
  listeners.add(listener)
  timer ??= setInterval(tick, 1000)
  return () => {
    listeners.delete(listener)
    if (listeners.size === 0) {
      clearInterval(timer)
      timer = undefined
    }
  }
}

function current(): number {
  // Without a timer the time that was shown last is old.
  if (timer === undefined) shown = now()
  return shown
}

/** Return the present moment, in milliseconds; all who ask are told of each second together. */
export function useNow(): number {
  return useSyncExternalStore(subscribe, current, current)
}
