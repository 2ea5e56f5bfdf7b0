// Fails when what a browser loads first is more script than it may be, as it is sent: compressed.
import { readFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'

const BUILT = new URL('../../app/static/', import.meta.url)
const MOST = 300_000
const manifest = JSON.parse(readFileSync(new URL('.vite/manifest.json', BUILT), 'utf8'))

function closure(name, found = new Set()) {
  if (found.has(name)) return found
  found.add(name)
  for (const next of manifest[name].imports ?? []) closure(next, found)
  return found
}

const entry = Object.keys(manifest).find((name) => manifest[name].isEntry)
const files = [...closure(entry)].map((name) => manifest[name].file)
const sizes = files.map((file) => gzipSync(readFileSync(new URL(file, BUILT))).length)
const total = sizes.reduce((sum, one) => sum + one, 0)
console.log(`first load: ${Math.round(total / 1000)} kB of compressed script, of ${MOST / 1000}`)
if (total > MOST) {
  console.error('That is too much: load what is not needed at first by import().')
  process.exit(1)
}
