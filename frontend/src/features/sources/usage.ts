import type { Schemas } from '@/shared/api/client'

type Overview = Schemas['Overview']

/** A schedule that uses a source: it collects from it, delivers to it, or both. */
export interface Use {
  schedule: string
  collects: boolean
  delivers: boolean
}

/** Return which schedules use a source. */
export function usesOf(source: string, schedules: readonly Overview[]): Use[] {
  return schedules.flatMap(({ name, spec }) => {
    const collects = spec?.collect.source === source
    const delivers = spec?.deliver.source === source
    return collects || delivers ? [{ schedule: name, collects, delivers }] : []
  })
}
