import AxeBuilder from '@axe-core/playwright'
import { test as base, expect, type Page } from '@playwright/test'

/** What a strict service allows the page: files of its own, and nothing else. */
const POLICY = "default-src 'self'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'"

/**
 * Each test opens the page as a strict service sends it, and fails when the page breaks the policy,
 * asks another address for anything, or leaves an error in the console.
 */
export const test = base.extend<{ strict: undefined }>({
  strict: [
    async ({ page, baseURL }, use) => {
      const faults: string[] = []
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
      await page.route(/\/ui\/(?!assets)[^.]*$/, async (route) => {
        const answer = await route.fetch()
        const headers = { ...answer.headers(), 'content-security-policy': POLICY }
        await route.fulfill({ response: answer, headers })
      })
      await use(undefined)
      expect(faults).toEqual([])
    },
    { auto: true },
  ],
})

export { expect }

/** Expect that nobody is kept out by how the page is made. */
export async function expectAccessible(page: Page): Promise<void> {
  const found = await new AxeBuilder({ page }).analyze()
  const grave = found.violations.filter(
    (one) => one.impact === 'serious' || one.impact === 'critical',
  )
  const told = grave.map((one) => `${one.id}: ${one.nodes.map((node) => node.html).join('\n  ')}`)
  expect(told).toEqual([])
}

/** Expect that nothing is wider than a phone. */
export async function expectFits(page: Page): Promise<void> {
  const [content, window] = await page.evaluate(() => [
    document.documentElement.scrollWidth,
    document.documentElement.clientWidth,
  ])
  expect(content).toBeLessThanOrEqual(window ?? 0)
}
