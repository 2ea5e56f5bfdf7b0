import type { en } from '@/shared/i18n/en'
import {
  ShapeBars,
  ShapeCheck,
  ShapeClock,
  ShapeDiamond,
  ShapeHourglass,
  ShapeOctagon,
  ShapeSent,
  ShapeSlash,
  ShapeTriangle,
  ShapeTurning,
} from './icons'

export type StateName = keyof typeof en.states
export type Tone = 'good' | 'warn' | 'bad' | 'busy' | 'idle'
type Shape = typeof ShapeCheck

/** How each state looks: a colour, and a shape for those who do not see it. */
export const LOOKS: Record<StateName, { tone: Tone; shape: Shape }> = {
  up: { tone: 'good', shape: ShapeCheck },
  degraded: { tone: 'warn', shape: ShapeTriangle },
  down: { tone: 'bad', shape: ShapeOctagon },
  unknown: { tone: 'idle', shape: ShapeDiamond },
  paused: { tone: 'idle', shape: ShapeBars },
  queued: { tone: 'idle', shape: ShapeClock },
  running: { tone: 'busy', shape: ShapeTurning },
  succeeded: { tone: 'good', shape: ShapeCheck },
  failed: { tone: 'bad', shape: ShapeOctagon },
  cancelled: { tone: 'idle', shape: ShapeSlash },
  timed_out: { tone: 'bad', shape: ShapeHourglass },
  lost: { tone: 'bad', shape: ShapeDiamond },
  waiting: { tone: 'warn', shape: ShapeClock },
  sent: { tone: 'good', shape: ShapeSent },
  drifted: { tone: 'warn', shape: ShapeTriangle },
  live: { tone: 'good', shape: ShapeCheck },
  loading: { tone: 'busy', shape: ShapeTurning },
  not_loaded: { tone: 'bad', shape: ShapeOctagon },
  well: { tone: 'good', shape: ShapeCheck },
  recovered: { tone: 'good', shape: ShapeCheck },
  disabled: { tone: 'bad', shape: ShapeSlash },
  invited: { tone: 'warn', shape: ShapeHourglass },
  revoked: { tone: 'bad', shape: ShapeSlash },
  expired: { tone: 'idle', shape: ShapeHourglass },
}

/** Return a state's look; one that a newer service knows looks unknown. */
export function lookOf(state: string): { tone: Tone; shape: Shape } {
  return LOOKS[state as StateName] ?? LOOKS.unknown
}
