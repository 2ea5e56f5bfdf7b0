import { interval, took } from '@/shared/time/span'

/** Words of the service, as it has them. */
export interface Told {
  words?: string | null
  words_in?: Record<string, string>
}

const SHORT = {
  month: 'short',
  day: 'numeric',
  hour: '2-digit',
  minute: '2-digit',
  hourCycle: 'h23',
} as const

/**
 * Return how a language writes moments, numbers and spans. What writes them is made when it is
 * needed first, and kept: making one takes milliseconds, and longer than writing a hundred numbers.
 */
export function formats(language: string) {
  const full = once(
    () => new Intl.DateTimeFormat(language, { dateStyle: 'full', timeStyle: 'long' }),
  )
  const short = once(() => new Intl.DateTimeFormat(language, SHORT))
  const dated = once(() => new Intl.DateTimeFormat(language, { ...SHORT, year: 'numeric' }))
  const number = numbers(language)
  const figures = once(
    () => new Intl.NumberFormat(language, { maximumSignificantDigits: 4, useGrouping: 'min2' }),
  )
  return {
    /** What the service says in English, and in other languages beside it. */
    told: ({ words, words_in }: Told) => words_in?.[language] ?? words ?? null,
    relativeTime: new Intl.RelativeTimeFormat(language, { numeric: 'always', style: 'short' }),
    exact: (at: string) => full().format(new Date(at)),
    /** In another year than this one, with the year. */
    short: (at: string) => {
      const moment = new Date(at)
      const isNow = moment.getFullYear() === new Date().getFullYear()
      return (isNow ? short() : dated()).format(moment)
    },
    number: (value: number, digits = 0) => number('decimal', digits).format(value),
    /** A number whose size is not known before: by what is worth reading of it. */
    digits: (value: number) => figures().format(value),
    percent: (part: number, digits = 1) => number('percent', digits).format(part),
    interval: (seconds: number) =>
      interval(seconds, (value) =>
        number('decimal', Number.isInteger(value) ? 0 : 1).format(value),
      ),
    took: (seconds: number) =>
      took(seconds, (value, digits) => number('decimal', digits).format(value)),
  }
}

function once<Made>(make: () => Made): () => Made {
  let made: Made | undefined
  return () => {
    made ??= make()
    return made
  }
}

function numbers(language: string) {
  const made = new Map<string, Intl.NumberFormat>()
  return (style: 'decimal' | 'percent', digits: number): Intl.NumberFormat => {
    const key = `${style}${digits}`
    const there =
      made.get(key) ??
      new Intl.NumberFormat(language, {
        style,
        minimumFractionDigits: digits,
        maximumFractionDigits: digits,
      })
    made.set(key, there)
    return there
  }
}
