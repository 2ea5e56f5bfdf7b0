import { took } from '@/shared/time/span'

/** Return how a language writes moments, numbers and spans. */
export function formats(language: string) {
  const full = new Intl.DateTimeFormat(language, { dateStyle: 'full', timeStyle: 'long' })
  const short = new Intl.DateTimeFormat(language, {
    month: 'short',
    day: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  })
  const fixed = (digits: number) => ({
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  })
  return {
    relativeTime: new Intl.RelativeTimeFormat(language, { numeric: 'always', style: 'short' }),
    exact: (at: string) => full.format(new Date(at)),
    short: (at: string) => short.format(new Date(at)),
    number: (value: number, digits = 0) => value.toLocaleString(language, fixed(digits)),
    percent: (part: number, digits = 1) =>
      part.toLocaleString(language, { style: 'percent', ...fixed(digits) }),
    took: (seconds: number) => took(seconds, language),
  }
}
