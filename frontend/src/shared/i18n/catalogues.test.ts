import { expect, it } from 'vitest'
import { en } from './en'
import { ptBR } from './pt-BR'

/** Return the texts of a catalogue by their places; those that are made, with what they take. */
function texts(part: object, place = ''): Record<string, string> {
  return Object.fromEntries(
    Object.entries(part).flatMap(([key, value]) => {
      const here = `${place}${key}`
      if (typeof value === 'object') return Object.entries(texts(value, `${here}.`))
      return [[here, typeof value === 'function' ? `made of ${value.length}` : value]]
    }),
  )
}

it('says in Portuguese whatever it says in English', () => {
  const [english, portuguese] = [texts(en), texts(ptBR)]
  expect(Object.keys(portuguese)).toEqual(Object.keys(english))
  expect(Object.values(portuguese)).not.toContain('')
})
