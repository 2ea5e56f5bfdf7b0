import { expect, it, vi } from 'vitest'
import { formats } from '@/shared/i18n/formats'
import { clockSpan, relative, secondsOfIso } from './span'

const english = formats('en')

it('tells a moment of another year with the year', () => {
  vi.useFakeTimers({ now: new Date(2026, 10, 26) })
  expect(english.short(new Date(2026, 11, 3, 5).toISOString())).toBe('Dec 3, 05:00')
  expect(english.short(new Date(2013, 11, 3, 5).toISOString())).toBe('Dec 3, 2013, 05:00')
  vi.useRealTimers()
})

it('says how long ago something was by the largest unit', () => {
  const words = [-0.4, -59, -61, -3601, -90_000, 45].map((one) =>
    relative(one, english.relativeTime),
  )
  expect(words).toEqual([
    '0 sec. ago',
    '59 sec. ago',
    '1 min. ago',
    '1 hr. ago',
    '1 day ago',
    'in 45 sec.',
  ])
})

it('counts down as a clock does', () => {
  expect([6.2, 65, 3600, -3].map(clockSpan)).toEqual(['0:07', '1:05', '1:00:00', '0:00'])
})

it('says what somebody has chosen without needless digits', () => {
  const spans = [15, 300, 90, 1.5, 7200, 86_400]
  expect(spans.map((one) => english.interval(one))).toEqual([
    '15 s',
    '5 min',
    '90 s',
    '1.5 s',
    '2 h',
    '1 d',
  ])
})

it('says how long something took with the digits that matter', () => {
  const spans = [0.00064, 0.0127, 1.254, 12.34, 200, 7500]
  expect(spans.map((one) => english.took(one))).toEqual([
    '0.6 ms',
    '13 ms',
    '1.25 s',
    '12.3 s',
    '3 min 20 s',
    '2 h 05 min',
  ])
  expect(formats('pt-BR').took(1.254)).toBe('1,25 s')
})

it('reads durations as they are written down', () => {
  const read = ['PT1H30M', 'P1DT2H', 'PT0.5S', 'P7D'].map(secondsOfIso)
  expect(read).toEqual([5_400, 93_600, 0.5, 604_800])
  expect(['P', 'PT', '90', 'P1M'].map(secondsOfIso)).toEqual([null, null, null, null])
})
