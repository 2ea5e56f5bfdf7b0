import type { Case, Input, Scalar } from './types'

/** What was pasted, read; or why it can't be, in the reader's own words. */
export type Pasted =
  | { cases: Case[]; ignored: string[]; fault?: undefined }
  | { fault: { kind: 'json' | 'empty' | 'columns'; detail: string } }

const failed = (kind: 'json' | 'empty' | 'columns', detail = ''): Pasted => ({
  fault: { kind, detail },
})

/** Read cases from JSON (an object, a list, or an object a line) or from CSV with a header. */
export function readPasted(text: string, inputs: readonly Input[]): Pasted {
  const trimmed = text.trim()
  if (trimmed === '') return failed('empty')
  if (trimmed.startsWith('{') || trimmed.startsWith('[')) return readJson(trimmed, inputs)
  return readTable(trimmed, inputs)
}

function readJson(text: string, inputs: readonly Input[]): Pasted {
  try {
    return kept(parsed(text), inputs)
  } catch (error) {
    return failed('json', error instanceof Error ? error.message : String(error))
  }
}

function parsed(text: string): unknown[] {
  try {
    const value = JSON.parse(text)
    if (Array.isArray(value)) return value
    // What is sent to the service, and a case as it is stored.
    if (Array.isArray(value.cases)) return value.cases
    return [value.inputs ?? value]
  } catch (error) {
    const lines = text.split('\n').filter((line) => line.trim() !== '')
    if (lines.length < 2 || !lines.every((line) => line.trim().endsWith('}'))) throw error
    return lines.map((line) => JSON.parse(line))
  }
}

function kept(rows: readonly unknown[], inputs: readonly Input[]): Pasted {
  const names = new Set(inputs.map((input) => input.name))
  const ignored = new Set<string>()
  const cases = rows.map((row) => {
    const known: Case = {}
    for (const [name, value] of Object.entries((row ?? {}) as Case)) {
      if (names.has(name)) known[name] = value
      else ignored.add(name)
    }
    return known
  })
  if (cases.length === 0) return failed('empty')
  if (cases.every((one) => Object.keys(one).length === 0)) {
    return failed('columns', [...names].join(', '))
  }
  return { cases, ignored: [...ignored] }
}

function readTable(text: string, inputs: readonly Input[]): Pasted {
  const [header = '', ...lines] = text.split(/\r?\n/)
  const separator = ['\t', ';', ','].find((one) => header.includes(one)) ?? ','
  const names = cells(header, separator)
  const types = new Map(inputs.map((input) => [input.name, input]))
  const rows = lines
    .filter((line) => line.trim() !== '')
    .map((line) => {
      const values = cells(line, separator)
      return Object.fromEntries(names.map((name, i) => [name, typed(values[i], types.get(name))]))
    })
  return rows.length === 0 ? failed('empty') : kept(rows, inputs)
}

/** Return the cells of a line; those in quotes may hold the separator, and quotes twice. */
export function cells(line: string, separator: string): string[] {
  const found: string[] = []
  let cell = ''
  let isQuoted = false
  for (let i = 0; i < line.length; i++) {
    const sign = line[i]
    if (sign === '"' && isQuoted && line[i + 1] === '"') {
      cell += '"'
      i++
    } else if (sign === '"' && (isQuoted || cell.trim() === '')) {
      isQuoted = !isQuoted
    } else if (sign === separator && !isQuoted) {
      found.push(cell.trim())
      cell = ''
    } else {
      cell += sign
    }
  }
  return [...found, cell.trim()]
}

/** Return a cell as its input's type has it; what does not fit stays a text, which the service refuses. */
function typed(cell: string | undefined, input: Input | undefined): Scalar {
  if (cell === undefined || cell === '') return null
  if (input?.type === 'integer' || input?.type === 'number') {
    const number = Number(cell)
    return Number.isFinite(number) ? number : cell
  }
  if (input?.type === 'boolean' && /^(true|false)$/i.test(cell))
    return cell.toLowerCase() === 'true'
  return cell
}
