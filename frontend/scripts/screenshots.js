// Takes the pictures of the README, of a service that runs the flights example (DISPARO_URL), as
// DISPARO_USER with DISPARO_PASSWORD; without them the service must let everybody in.
import { mkdirSync } from 'node:fs'
import { chromium } from '@playwright/test'
import { launchOptions } from './chromium.js'

const service = process.env.DISPARO_URL ?? 'http://127.0.0.1:8000'
const directory = new URL('../../docs/images/', import.meta.url)

async function newestDispatch(request) {
  const answer = await request.get(`${service}/dispatches?state=succeeded&limit=1`)
  return (await answer.json()).items[0]?.id
}

async function explained(page) {
  await page.getByRole('switch').first().check()
  await page.locator('h3').first().waitFor()
}

async function logIn(request) {
  const { DISPARO_USER: name, DISPARO_PASSWORD: password } = process.env
  if (!name) return
  const answer = await request.post(`${service}/session`, { data: { name, password } })
  if (!answer.ok()) throw new Error(`logging in: ${await answer.text()}`)
}

mkdirSync(directory, { recursive: true })
const browser = await chromium.launch(launchOptions)
const views = {
  monitor: ['/'],
  showroom: ['/showroom', explained],
  dispatches: ['/dispatches'],
  dispatch: [(id) => `/dispatches/${id}`],
  editor: ['/schedules/new'],
  model: ['/models/flight-delay'],
}

for (const colorScheme of ['light', 'dark']) {
  const context = await browser.newContext({
    viewport: { width: 1280, height: 800 },
    colorScheme,
    locale: 'en',
    reducedMotion: 'reduce',
  })
  await logIn(context.request)
  const page = await context.newPage()
  const id = await newestDispatch(context.request)
  for (const [name, [path, prepared]] of Object.entries(views)) {
    await page.goto(`${service}/ui${typeof path === 'function' ? path(id) : path}`)
    await page.getByRole('heading', { level: 1 }).waitFor()
    await page
      .locator('[aria-busy=true], .mantine-Skeleton-root')
      .first()
      .waitFor({ state: 'hidden' })
    await prepared?.(page)
    await page.waitForTimeout(800) // what was drawn last fades in
    await page.screenshot({ path: new URL(`${name}-${colorScheme}.png`, directory).pathname })
  }
  await context.close()
}
await browser.close()
