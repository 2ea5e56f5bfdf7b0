import type { Page } from '@playwright/test'
import { expect, expectAccessible, test } from './house'
import { ROLES, type Role, stateOf } from './login'

const RANKS: Record<Role, number> = { viewer: 0, operator: 1, admin: 2 }

/** Each page with what acts there, and the least role to which it is offered. */
const PAGES: readonly [string, [string | RegExp, Role][]][] = [
  [
    '/',
    [
      ['Stop the scheduler', 'operator'],
      ['Schedule score-day is on', 'operator'],
    ],
  ],
  ['/showroom', [['Keep as a case', 'operator']]],
  ['/dispatches', []],
  ['/schedules', [['New schedule', 'operator']]],
  ['/schedules/score-day', [['Run now', 'operator']]],
  ['/models', []],
  ['/models/flight-delay', []],
  ['/sources', [['Add a source', 'admin']]],
  ['/sources/flights', [['Test the connection', 'operator']]],
  ['/checks', [['New check', 'operator']]],
  [
    '/checks/own-port',
    [
      ['Look now', 'operator'],
      ['Pause', 'operator'],
    ],
  ],
  ['/alerts', []],
  ['/alerts?tab=rules', [['New rule', 'operator']]],
  ['/alerts?tab=channels', [['New channel', 'admin']]],
  ['/alerts?tab=windows', [['New window', 'operator']]],
  ['/users', [['Add a user', 'admin']]],
  ['/tokens', [['Make a token', 'admin']]],
  ['/audit', [['Export', 'admin']]],
  ['/settings', []],
  ['/profile', [['Log out everywhere', 'viewer']]],
]
const ADMINISTRATION = ['Users', 'Tokens', 'Audit', 'Settings']

/** Note what the service refuses this role: the page is not even to ask for it. */
function refusals(page: Page): string[] {
  const refused: string[] = []
  page.on('response', (one) => {
    if (one.status() === 403) refused.push(`${one.request().method()} ${one.url()}`)
  })
  return refused
}

/** Go to a page as a link leads there: without loading all anew, but for a tab of the same page. */
async function enter(page: Page, path: string): Promise<void> {
  const to = `/ui${path}`
  if (path === '/' || path.includes('?')) {
    await page.goto(to)
  } else {
    await page.evaluate((place) => {
      document.title = '' // the page that comes sets its own
      window.history.pushState({}, '', place)
    }, to)
  }
  await expect(page).toHaveTitle(/ · Disparo$/)
  await expect(page.getByRole('heading', { level: 1 })).toBeVisible()
}

for (const role of ROLES) {
  test.describe(`as ${role}`, () => {
    test.use({ storageState: stateOf(role) })

    test('nobody is offered what the role may not, on any page', async ({ page }) => {
      const refused = refusals(page)
      for (const [path, actions] of PAGES) {
        await enter(page, path)
        await expect(page.locator('.mantine-Skeleton-root')).toHaveCount(0)
        const main = page.getByRole('main')
        for (const [name, needed] of actions) {
          const there = main
            .getByRole('button', { name })
            .or(main.getByRole('link', { name, exact: true }))
            .or(main.getByRole('switch', { name }))
          const offered = RANKS[role] >= RANKS[needed]
          await expect(there, `${name} at ${path}`).toHaveCount(offered ? 1 : 0)
        }
        if (role === 'viewer') await expect(page.getByRole('switch')).toHaveCount(0)
      }
      expect(refused).toEqual([])
    })

    test('the navigation and search offer the pages of the role', async ({ page }) => {
      await page.goto('/ui/checks/new')
      const navigation = page.getByRole('navigation', { name: 'Pages' })
      await expect(navigation.getByRole('link', { name: 'Alerts' })).toBeVisible()
      const count = role === 'admin' ? 1 : 0
      for (const name of ADMINISTRATION) {
        await expect(navigation.getByRole('link', { name })).toHaveCount(count)
      }
      if (role === 'viewer') {
        await expect(page.getByText('This page needs the role operator')).toBeVisible()
        await expectAccessible(page)
      }
      await page.getByRole('button', { name: 'Search' }).first().click()
      await page.getByRole('textbox', { name: 'Search and commands' }).fill('audit')
      await expect(page.getByRole('button', { name: 'Audit', exact: true })).toHaveCount(count)
    })
  })
}
