import AxeBuilder from '@axe-core/playwright'
import { test as base, expect, type Page } from '@playwright/test'

/**
 * Each test fails when the page breaks the service's policy of content, asks another address for
 * anything, or throws what nobody catches.
 */
export const test = base.extend<{ strict: undefined }>({
  strict: [
    async ({ page, baseURL }, use, about) => {
      const faults: string[] = []
      // Not faults by themselves, for some tests want them; but where a test fails, they may say why.
      const seen: string[] = []
      page.on('response', (one) => {
        if (one.status() >= 400) seen.push(`${one.status()} ${one.request().method()} ${one.url()}`)
      })
      page.on('requestfailed', (one) => {
        seen.push(`${one.failure()?.errorText} ${one.method()} ${one.url()}`)
      })
      page.on('pageerror', (error) => faults.push(String(error)))
      page.on('request', (one) => {
        if (!one.url().startsWith(String(baseURL))) faults.push(`asked ${one.url()}`)
      })
      await page.addInitScript(() => {
        document.addEventListener('securitypolicyviolation', (one) => {
          // biome-ignore lint/suspicious/noConsole: the test reads it
          console.error(`policy: ${one.violatedDirective} ${one.blockedURI} ${one.sample}`)
        })
      })
      page.on('console', (one) => {
        if (one.type() === 'error' && one.text().startsWith('policy')) faults.push(one.text())
      })
      await use(undefined)
      if (about.status !== about.expectedStatus) {
        // biome-ignore lint/suspicious/noConsole: this is where it is told
        console.log(['Refused or failed:', ...seen].join('\n  '))
      }
      expect(faults).toEqual([])
    },
    { auto: true },
  ],
})

export { expect }

/** Expect that nobody is kept out by how the page is made. */
export async function expectAccessible(page: Page): Promise<void> {
  // What is in order need not be told, and of a page without frames nothing is put together from
  // several in a second page, which would take as long again: each halves the work.
  expect(page.frames()).toHaveLength(1)
  const found = await new AxeBuilder({ page })
    .options({ resultTypes: ['violations'] })
    .setLegacyMode()
    .analyze()
  const grave = found.violations.filter(
    (one) => one.impact === 'serious' || one.impact === 'critical',
  )
  const told = grave.map((one) => `${one.id}: ${one.nodes.map((node) => node.html).join('\n  ')}`)
  expect(told).toEqual([])
}

/** Wait until the dispatch that the page shows has succeeded. */
export async function expectSucceeded(page: Page): Promise<void> {
  const state = page.getByRole('main').getByText('succeeded', { exact: true }).first()
  await expect(state).toBeVisible()
}

/** Expect that nothing is wider than a phone, once plots have their new size. */
export async function expectFits(page: Page): Promise<void> {
  const beyond = () =>
    page.evaluate(() => {
      const { scrollWidth, clientWidth } = document.documentElement
      return scrollWidth - clientWidth
    })
  await expect.poll(beyond).toBeLessThanOrEqual(0)
}
