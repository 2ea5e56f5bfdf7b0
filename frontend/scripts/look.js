// Takes pictures of views, to look at: node scripts/look.js URL DIRECTORY PATH…
import { mkdirSync } from 'node:fs'
import { chromium } from '@playwright/test'
import { launchOptions } from './chromium.js'

const [url, directory, ...paths] = process.argv.slice(2)
mkdirSync(directory, { recursive: true })
const browser = await chromium.launch(launchOptions)
const sizes = { wide: [1440, 900], phone: [390, 844] }

for (const [size, [width, height]] of Object.entries(sizes)) {
  for (const colorScheme of ['light', 'dark']) {
    const locale = colorScheme === 'dark' ? 'pt-BR' : 'en'
    const page = await browser.newPage({ viewport: { width, height }, colorScheme, locale })
    page.on('console', (one) => one.type() === 'error' && console.error(one.text()))
    for (const path of paths) {
      await page.goto(`${url}/ui${path}`)
      await page.getByRole('heading', { level: 1 }).waitFor()
      await page.waitForLoadState('load')
      await page.waitForTimeout(1500)
      const name = path.replaceAll(/\W+/g, '-').replaceAll(/^-|-$/g, '') || 'monitor'
      await page.screenshot({
        path: `${directory}/${name}-${size}-${colorScheme}.png`,
        fullPage: true,
      })
    }
    await page.close()
  }
}
await browser.close()
