import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { defineConfig } from '@playwright/test'
import { stateOf } from './e2e/login'
import { launchOptions } from './scripts/chromium.js'

// Chosen once: the processes of the tests read this file too, and inherit what it has set.
process.env.DISPARO_SERVER__PORT ??= String(15_000 + Math.floor(Math.random() * 15_000))
process.env.DISPARO_VAR ??= mkdtempSync(join(tmpdir(), 'disparo-page-'))
process.env.DISPARO_AUTH__MODE ??= 'accounts'
// Other tests keep the machine busy: what gives way to them, tests here would wait for.
process.env.DISPARO_DISPATCH__NICE ??= '0'
// And a database that answers late on such a machine is not away.
process.env.DISPARO_AUTH__ANSWER_TIMEOUT ??= '20'
// Each who logs in is hashed; that it takes long is tested elsewhere.
process.env.DISPARO_PASSWORDS__MEMORY ??= String(19 * 2 ** 20)
process.env.DISPARO_PASSWORDS__ROUNDS ??= '2'

// Threads of numeric libraries that wait for each other on busy cores take many times as long.
process.env.OMP_NUM_THREADS ??= '1'
process.env.OPENBLAS_NUM_THREADS ??= '1'

const url = `http://127.0.0.1:${process.env.DISPARO_SERVER__PORT}`
const python = process.env.PYTHON ?? '.venv/bin/python'

export default defineConfig({
  testDir: 'e2e',
  // One service, whose state the tests share: one after the other.
  workers: 1,
  retries: 0,
  forbidOnly: true,
  reporter: [['list']],
  // Bounds, not waits: far more than anything takes, on a machine that other tests keep busy too.
  timeout: 240_000,
  expect: { timeout: 60_000 },
  use: {
    baseURL: url,
    // Logged in once, as an admin; tests of what others may say so.
    storageState: stateOf('admin'),
    actionTimeout: 60_000,
    launchOptions,
    locale: 'en-GB',
    timezoneId: 'America/Sao_Paulo',
    viewport: { width: 1280, height: 900 },
    // What moves costs much where there is no graphics card.
    contextOptions: { reducedMotion: 'reduce' },
    // Pictures and the page's tree at each step would cost a third of the run: TRACE=1 has them.
    trace: {
      mode: 'retain-on-failure',
      screenshots: Boolean(process.env.TRACE),
      snapshots: Boolean(process.env.TRACE),
    },
    screenshot: 'only-on-failure',
  },
  globalSetup: './e2e/login.ts',
  globalTeardown: './e2e/teardown.ts',
  webServer: {
    command: `${python} -m tests.page.served`,
    cwd: '..',
    url: `${url}/health/live`,
    timeout: 180_000,
    stderr: 'ignore',
    // One that runs already, for who writes tests: with DISPARO_VAR and DISPARO_SERVER__PORT set.
    reuseExistingServer: process.env.CI !== 'true',
    gracefulShutdown: { signal: 'SIGTERM', timeout: 15_000 },
    env: { ...(process.env as Record<string, string>), PYTHONDONTWRITEBYTECODE: '' },
  },
})
