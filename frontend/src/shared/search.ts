import { midnight } from '@/shared/time/day'

/** Reads of an address's search: what does not fit is left out, since people edit addresses. */

export function optionalText(value: unknown): string | undefined {
  if (typeof value === 'number') return String(value)
  return typeof value === 'string' && value !== '' ? value : undefined
}

export function oneOf<Choice extends string>(
  value: unknown,
  choices: readonly Choice[],
): Choice | undefined {
  return choices.find((choice) => choice === value)
}

export function optionalNumber(value: unknown): number | undefined {
  const number = typeof value === 'string' ? Number(value) : value
  return typeof number === 'number' && Number.isSafeInteger(number) ? number : undefined
}

/** A day as a field for days writes it, `2026-11-26`. */
export function optionalDay(value: unknown): string | undefined {
  return typeof value === 'string' && midnight(value) !== undefined ? value : undefined
}

export function optionalInstant(value: unknown): string | undefined {
  return typeof value === 'string' && Number.isFinite(Date.parse(value)) ? value : undefined
}
