import type { Schemas } from '@/shared/api/client'

type Look = Schemas['ModelHealth']

/** Labels of which a line is drawn. */
export const MOST_LINES = 6

/** Return the most frequent labels of a look. */
export function labelsOf(look: Look): string[] {
  return look.labels
    .toSorted((a, b) => b.rate - a.rate)
    .slice(0, MOST_LINES)
    .map((one) => one.label)
}

/** Return how often each label was answered, as a share: never, where a look knows nothing of it. */
export function ratesOf(look: Look, labels: readonly string[]): Record<string, number> {
  const rates = new Map(look.labels.map((one) => [one.label, one.rate]))
  return Object.fromEntries(labels.map((label) => [label, rates.get(label) ?? 0]))
}

/** Return the index of an input in a look; null where there was nothing to compare. */
export function psiOf(look: Look, name: string): number | null {
  return look.inputs.find((one) => one.name === name)?.psi ?? null
}

/** Return the parts of an input's values, with those of missing ones left out where none is. */
export function binsOf(input: Schemas['InputHealth'] | null | undefined) {
  const bins = input?.bins ?? []
  return bins
    .filter((one) => one.sample > 0 || one.recent > 0)
    .map(({ name, sample, recent }) => ({ name: inSigns(name), sample, recent }))
}

const SIGNS: Record<string, string> = { to: '≤', over: '>', under: '<' }

/** Return an interval's name in signs, which every language has; other names stay. */
function inSigns(name: string): string {
  return name.replace(/^(to|over|under) (?=-?\d)/, (_, word: string) => `${SIGNS[word]} `)
}
