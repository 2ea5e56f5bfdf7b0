// How the system's Chromium is started: headless, alone, and without a word to the outside.
import { existsSync } from 'node:fs'
import { pathToFileURL } from 'node:url'

// The shell first: the same engine without a window's trappings, for half of the processor time.
const PLACES = [
  '/usr/bin/chromium-headless-shell',
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
]

export const executablePath = process.env.CHROMIUM ?? PLACES.find((place) => existsSync(place))

const args = [
  '--no-sandbox', // as root, as in containers, it starts in no other way
  '--disable-gpu',
  '--disable-quic',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]
export const launchOptions = { executablePath, args }

// Run by itself it tells whether there is one.
if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href)
  process.exit(executablePath ? 0 : 1)
