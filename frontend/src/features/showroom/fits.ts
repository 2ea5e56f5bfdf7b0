import type { StoredCase } from './cases'

/** Whether a case has all the tags, and each word somewhere in its title, tags or inputs. */
export function fits(one: StoredCase, wanted: string, tags: readonly string[]): boolean {
  if (!tags.every((tag) => one.tags?.includes(tag))) return false
  const text = JSON.stringify([one.title, one.tags, one.inputs]).toLowerCase()
  return wanted
    .toLowerCase()
    .split(/\s+/)
    .every((word) => text.includes(word))
}

/** Return the tags of cases, the most frequent first. */
export function tagsOf(stored: readonly StoredCase[]): string[] {
  const counts = new Map<string, number>()
  for (const tag of stored.flatMap((one) => one.tags ?? [])) {
    counts.set(tag, (counts.get(tag) ?? 0) + 1)
  }
  return [...counts].toSorted((a, b) => b[1] - a[1]).map(([tag]) => tag)
}
