/** Spans of time in words that a locale has: "3 min ago", "in 2 h", "1:05". */

const INTERVALS = [
  [86_400, 'd'],
  [3600, 'h'],
  [60, 'min'],
] as const

type Unit = 'second' | 'minute' | 'hour' | 'day' | 'month' | 'year'
const UNITS: [Unit, number][] = [
  ['year', 365 * 86_400],
  ['month', 30 * 86_400],
  ['day', 86_400],
  ['hour', 3600],
  ['minute', 60],
  ['second', 1],
]

/** Return how far a moment is from now, by the largest unit that fits. */
export function relative(seconds: number, format: Intl.RelativeTimeFormat): string {
  const size = Math.abs(seconds)
  const [unit, length] = UNITS.find(([, one]) => size >= one) ?? (['second', 1] as const)
  return format.format(Math.trunc(seconds / length), unit)
}

const two = (part: number): string => String(part).padStart(2, '0')

/** Return a countdown: "0:07", "12:05", "3:00:00"; days are left to `relative`. */
export function clockSpan(seconds: number): string {
  const whole = Math.max(0, Math.ceil(seconds))
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor((whole % 3600) / 60)]
  const rest = two(whole % 60)
  return hours > 0 ? `${hours}:${two(minutes)}:${rest}` : `${minutes}:${rest}`
}

/** Return a span that somebody has chosen, whole: "15 s", "5 min", "1.5 s", "2 h". */
export function interval(seconds: number, number: (value: number) => string): string {
  const [size, unit] = INTERVALS.find(([one]) => seconds >= one && seconds % one === 0) ?? [1, 's']
  return `${number(seconds / size)} ${unit}`
}

/** Return how long something took: "0.6 ms", "12 ms", "1.25 s", "3 min 20 s", "2 h 05 min". */
export function took(seconds: number, number: (value: number, digits: number) => string): string {
  if (seconds < 0.01) return `${number(seconds * 1000, 1)} ms`
  if (seconds < 1) return `${number(seconds * 1000, 0)} ms`
  if (seconds < 10) return `${number(seconds, 2)} s`
  if (seconds < 60) return `${number(seconds, 1)} s`
  const whole = Math.round(seconds)
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${two(whole % 60)} s`
  return `${Math.floor(whole / 3600)} h ${two(Math.floor((whole % 3600) / 60))} min`
}

const ISO = /^P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?)?$/
const SECONDS = [86_400, 3_600, 60, 1] as const

/** Return how many seconds an ISO 8601 duration of days and less is, `PT1H30M`; null for any other text. */
export function secondsOfIso(text: string): number | null {
  const parts = text.match(ISO)?.slice(1)
  if (!parts?.some(Boolean)) return null
  return SECONDS.reduce((sum, seconds, n) => sum + seconds * Number(parts[n] ?? 0), 0)
}
