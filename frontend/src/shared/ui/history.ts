/** A field that an event changed; what is undefined was not there. */
export interface Change {
  path: string
  before: unknown
  after: unknown
}

/** Return what an event tells of changed fields: none for one that changed none. */
export function changesOf(detail: Record<string, unknown> | null | undefined): Change[] {
  const [before, after] = [fields(detail?.before), fields(detail?.after)]
  const paths = [...new Set([...Object.keys(before), ...Object.keys(after)])]
  // Of what is new, what is as nobody has said otherwise is left out.
  const isNew = Object.keys(before).length === 0
  return paths
    .map((path) => ({ path, before: before[path], after: after[path] }))
    .filter((one) => !isNew || (one.after !== null && one.after !== ''))
}

function fields(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
}

/** Return a value as people read it. */
export function inText(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value)
}
