import type { Schemas } from '@/shared/api/client'
import type { Version } from './queries'

type Input = Schemas['InputField']

/** What is different of an input, or of the classes, from one version to another. */
export interface Change {
  name: string
  kind: 'added' | 'removed' | 'type' | 'nullable' | 'range' | 'categories' | 'classes'
  before: string
  after: string
}

const range = ({ minimum, maximum }: Input) =>
  typeof minimum === 'number' && typeof maximum === 'number' ? `${minimum} – ${maximum}` : ''

const named = (values: readonly unknown[], others: ReadonlySet<unknown>) =>
  values.filter((one) => !others.has(one)).join(', ')

/** Return what two versions take and give differently. */
export function changesOf(before: Version, after: Version): Change[] {
  const old = new Map(before.signature.inputs.map((one) => [one.name, one]))
  const now = new Map(after.signature.inputs.map((one) => [one.name, one]))
  const names = new Set([...old.keys(), ...now.keys()])
  return [
    ...[...names].flatMap((name) => changesOfInput(name, old.get(name), now.get(name))),
    ...changesOfList(
      '',
      'classes',
      before.signature.outputs.classes ?? [],
      after.signature.outputs.classes ?? [],
    ),
  ]
}

function changesOfInput(name: string, old: Input | undefined, now: Input | undefined): Change[] {
  if (!old && now) return [{ name, kind: 'added', before: '', after: now.type }]
  if (old && !now) return [{ name, kind: 'removed', before: old.type, after: '' }]
  if (!old || !now) return []
  const facts: [Change['kind'], string, string][] = [
    ['type', old.type, now.type],
    ['nullable', String(old.nullable), String(now.nullable)],
    ['range', range(old), range(now)],
  ]
  return [
    ...facts
      .filter(([, one, other]) => one !== other)
      .map(([kind, one, other]) => ({ name, kind, before: one, after: other })),
    ...changesOfList(name, 'categories', old.categories ?? [], now.categories ?? []),
  ]
}

/** Only what one of the two has is told: lists of categories are long. */
function changesOfList(
  name: string,
  kind: 'categories' | 'classes',
  old: readonly unknown[],
  now: readonly unknown[],
): Change[] {
  const before = named(old, new Set(now))
  const after = named(now, new Set(old))
  return before || after ? [{ name, kind, before, after }] : []
}
