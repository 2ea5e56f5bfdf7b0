import { expect, test } from 'vitest'
import { programOf } from './agent'

const WEBKIT = 'AppleWebKit/537.36 (KHTML, like Gecko)'

test.each([
  [`Mozilla/5.0 (X11; Linux x86_64) ${WEBKIT} Chrome/140.0 Safari/537.36`, 'Chrome, Linux'],
  [`Mozilla/5.0 (Windows NT 10.0) ${WEBKIT} Chrome/140.0 Safari/537.36 Edg/140.0`, 'Edge, Windows'],
  ['Mozilla/5.0 (Macintosh; Intel Mac OS X 10.15; rv:140.0) Firefox/140.0', 'Firefox, macOS'],
  [`Mozilla/5.0 (iPhone; CPU iPhone OS 18) ${WEBKIT} Safari/604.1`, 'Safari, iOS'],
  ['curl/8.5.0', 'curl'],
  ['', ''],
])('%s is %s', (agent, program) => {
  expect(programOf(agent)).toBe(program)
})
