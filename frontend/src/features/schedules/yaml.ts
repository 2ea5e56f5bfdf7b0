import { isMap, isSeq, LineCounter, parseDocument, stringify } from 'yaml'
import type { ProblemError } from '@/shared/api/problem'
import { isObject, type Json } from './draft'

/** What is wrong, and in which line, from 1; null: it is not known where. */
export interface Fault {
  line: number | null
  words: string
}

/** Thrown where a text is no schedule; the service has not been asked. */
export class FaultyText extends Error {
  constructor(readonly faults: readonly Fault[]) {
    super(faults.map(({ words }) => words).join('; '))
  }
}

/** Leave out what says nothing: null and empty objects are what holds without them. */
function pruned(value: unknown): unknown {
  if (!isObject(value)) return value
  const kept = Object.entries(value)
    .map(([name, one]) => [name, pruned(one)] as const)
    .filter(([, one]) => one !== null && one !== undefined)
    .filter(([, one]) => !isObject(one) || Object.keys(one).length > 0)
  return Object.fromEntries(kept)
}

/** Return a schedule as YAML. */
export function written(document: Json): string {
  return stringify(pruned(document), { lineWidth: 0, blockQuote: 'literal' })
}

function parsed(text: string) {
  const counter = new LineCounter()
  const document = parseDocument(text, { lineCounter: counter, prettyErrors: false })
  return { document, counter, at: (position: number) => counter.linePos(position).line }
}

/** Where the schedule stands in a text: a file of `disparo apply` has a list of them. */
function placeOf(document: ReturnType<typeof parseDocument>): (string | number)[] {
  const list = document.get('schedules', true)
  return isMap(document.contents) && isSeq(list) && list.items.length === 1 ? ['schedules', 0] : []
}

/** Return the schedule that a text holds. Raises FaultyText. */
export function read(text: string, words: { noMap: string }): Json {
  const { document, at } = parsed(text)
  if (document.errors.length > 0) {
    const faults = document.errors.map(({ pos, message }) => ({ line: at(pos[0]), words: message }))
    throw new FaultyText(faults)
  }
  const whole: unknown = document.toJS()
  const [list] = placeOf(document)
  const found = list ? (whole as { schedules: unknown[] }).schedules[0] : whole
  if (!isObject(found)) throw new FaultyText([{ line: 1, words: words.noMap }])
  return found
}

/** What the service says of a place: `body.collect.key: is missing`, one after the other. */
const PLACED = /(?:^|; )body((?:\.[\w-]+)+): (.*?)(?=; body\.|$)/gs

/** Return what a problem says of a text, each in its line where the problem names its place. */
export function faultsOf(problem: ProblemError, text: string): Fault[] {
  const placed = [...problem.detail.matchAll(PLACED)]
  if (placed.length === 0) return [{ line: null, words: problem.detail || problem.title }]
  return placed.map(([, path = '', words = '']) => {
    const names = path.slice(1).split('.')
    return { line: lineOf(text, names), words: `${names.join('.')}: ${words}` }
  })
}

/** Return the line of a field, or of the last part of the way to it that is there. */
function lineOf(text: string, names: readonly string[]): number | null {
  const { document, at } = parsed(text)
  const root = placeOf(document)
  for (let length = names.length; length > 0; length--) {
    const parent = document.getIn([...root, ...names.slice(0, length - 1)], true)
    const pair = isMap(parent)
      ? parent.items.find((one) => String(one.key) === names[length - 1])
      : undefined
    const key = pair?.key as { range?: [number, number, number] } | undefined
    if (key?.range) return at(key.range[0])
  }
  return null
}
