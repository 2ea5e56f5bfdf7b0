import type { Page } from '@playwright/test'
import { expect, test } from './house'

/** What the service has dispatched long ago, by tests/page/served.py. */
const DISPATCHED = 20_000
const MOST_DRAWN = 60
const JUMPS = 10
/** A jump takes 20 to 50 ms: only a fault is found. */
const MOST_JUMP_MS = 500
const DAY_MS = 86_400_000

test('a list of very many dispatches draws what is seen, and leads to the first of them', async ({
  page,
}) => {
  const spent = await processorTime(page)
  const rows = page.locator('main li[data-index]')
  const toEnd = () => page.evaluate(() => window.scrollTo(0, document.body.scrollHeight))
  const lastIndex = async () => Number(await rows.last().getAttribute('data-index'))

  await page.goto('/ui/dispatches?state=succeeded')
  await expect(rows.first()).toBeVisible()
  for (const beyond of [90, 500, 1_000]) {
    await expect(async () => {
      await toEnd()
      expect(await lastIndex()).toBeGreaterThan(beyond)
    }).toPass()
    expect(await rows.count()).toBeLessThan(MOST_DRAWN)
  }

  const before = await spent()
  const height = await page.evaluate(() => document.body.scrollHeight)
  for (let jump = 1; jump <= JUMPS; jump++) {
    const there = await lastIndex()
    await page.evaluate((y) => window.scrollTo(0, y), ((jump * 7) % 10) * 0.1 * height)
    await expect.poll(lastIndex, { intervals: [20] }).not.toBe(there)
  }
  const each = Math.round(((await spent()) - before) / JUMPS)
  // biome-ignore lint/suspicious/noConsole: this is where it is told
  console.log(`of ${DISPATCHED} dispatches: a jump takes ${each} ms of the page's time`)
  expect(each).toBeLessThan(MOST_JUMP_MS)

  const first = await (await page.request.get('/dispatches/1')).json()
  const day = new Date(Date.parse(first.slot) + DAY_MS).toLocaleDateString('sv')
  await page.evaluate(() => window.scrollTo(0, 0))
  await page.getByLabel('Slots up to this day').fill(day)
  await page.getByRole('combobox', { name: 'State' }).press('Escape')
  await expect(page).toHaveURL(new RegExp(`to=${day}`))
  const oldest = page.getByRole('link', { name: /^1 ?schedule-00/ })
  await expect(async () => {
    await toEnd()
    await expect(oldest).toBeVisible({ timeout: 500 })
  }).toPass()
  expect(await rows.count()).toBeLessThan(MOST_DRAWN)
})

/** Return what tells how long the page has computed so far, in milliseconds of its own time. */
async function processorTime(page: Page): Promise<() => Promise<number>> {
  const session = await page.context().newCDPSession(page)
  // By its thread's clock: what else the machine does is no part of it.
  await session.send('Performance.enable', { timeDomain: 'threadTicks' })
  return async () => {
    const { metrics } = await session.send('Performance.getMetrics')
    return 1000 * (metrics.find(({ name }) => name === 'TaskDuration')?.value ?? Number.NaN)
  }
}
