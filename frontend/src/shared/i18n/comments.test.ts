import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { settingsComments } from './pt-BR/settings-comments'

/** Return what the comments beside the settings of a file say, as the service reads them. */
function comments(text: string): string[] {
  const lines = text.split('\n').filter((line) => !line.startsWith('#'))
  return lines.flatMap((line) => line.match(/^ *\w+:.*?# (.*)/)?.[1] ?? [])
}

it('says in Portuguese what each setting is for, and nothing of settings that there are no more', () => {
  const english = new Set(comments(readFileSync('../settings.yaml', 'utf-8')))
  expect([...english].filter((one) => !settingsComments[one])).toEqual([])
  expect(Object.keys(settingsComments).filter((one) => !english.has(one))).toEqual([])
})
