import type { Case, Input, Scalar } from './types'

/** Return a value to begin with: the first category, or the middle of the sample's range. */
function firstValue(input: Input): Scalar {
  if (input.categories?.length) return input.categories[0] ?? null
  switch (input.type) {
    case 'integer':
      return Math.round(((input.minimum ?? 0) + (input.maximum ?? 0)) / 2)
    case 'number':
      return Number((((input.minimum ?? 0) + (input.maximum ?? 0)) / 2).toPrecision(4))
    case 'boolean':
      return false
    case 'timestamp':
      return new Date().toISOString().slice(0, 16)
    default:
      return ''
  }
}

/** Return a whole case of a signature, with what is known of one put in. */
export function caseOf(inputs: readonly Input[], known: Case = {}): Case {
  return Object.fromEntries(
    inputs.map((input) => [input.name, known[input.name] ?? firstValue(input)]),
  )
}

/** Whether all that must be there is there. */
export function isWhole(inputs: readonly Input[], one: Case): boolean {
  return inputs.every((input) => input.nullable || (one[input.name] ?? '') !== '')
}

/** Return the fields and reasons of a refusal of one case, as the service tells them. */
export function faultsOf(facts: Record<string, unknown>): Record<string, string> {
  const errors = Array.isArray(facts.errors) ? facts.errors : []
  return Object.fromEntries(
    errors
      .filter((one) => one && typeof one === 'object' && 'field' in one)
      .map((one) => [String(one.field), String(one.reason)]),
  )
}
