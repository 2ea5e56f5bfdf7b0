import type { Maintenance } from './queries'

/** A maintenance window as the form has it. */
export interface Draft {
  name: string
  description: string
  checks: string[]
  isAgain: boolean
  starts: string
  ends: string
  cron: string
  duration: string
  timezone: string
}

/** Return a time as a field of the browser takes it; one with an offset, as the zone's clock has it. */
function local(moment: string | null | undefined, timezone: string): string {
  if (!moment) return ''
  if (!/(Z|[+-]\d\d:\d\d)$/.test(moment)) return moment.slice(0, 16)
  // Swedish writes a moment as ISO 8601 does.
  const format = new Intl.DateTimeFormat('sv-SE', {
    timeZone: timezone,
    dateStyle: 'short',
    timeStyle: 'short',
  })
  return format.format(new Date(moment)).replace(' ', 'T')
}

/** Return a form of a window, or an empty one. */
export function draftOf(spec: Maintenance | null | undefined): Draft {
  const timezone = spec?.timezone ?? (Intl.DateTimeFormat().resolvedOptions().timeZone || 'UTC')
  return {
    name: spec?.name ?? '',
    description: spec?.description ?? '',
    checks: [...(spec?.checks ?? [])],
    isAgain: Boolean(spec?.cron),
    starts: local(spec?.starts, timezone),
    ends: local(spec?.ends, timezone),
    cron: spec?.cron ?? '0 2 * * 0',
    duration: spec?.duration ?? 'PT2H',
    timezone,
  }
}

/** Return what the form says, as the service takes it. */
export function windowOf(draft: Draft): Maintenance {
  const { name, description, checks, isAgain, starts, ends, cron, duration, timezone } = draft
  const once = { starts, ends, cron: null, duration: null }
  const again = { starts: null, ends: null, cron, duration }
  return { name: name.trim(), description, checks, timezone, ...(isAgain ? again : once) }
}
