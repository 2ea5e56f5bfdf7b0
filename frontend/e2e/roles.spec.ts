import type { Page } from '@playwright/test'
import { expect, test } from './house'

async function asRole(page: Page, role: string): Promise<void> {
  await page.route('**/session', (route) =>
    route.fulfill({ json: { kind: 'user', name: 'ana', role, session: null } }),
  )
}

test('a viewer sees no button that he may not press', async ({ page }) => {
  await asRole(page, 'viewer')
  await page.goto('/ui/')
  await expect(page.getByText('score-day')).toBeVisible()
  await expect(page.getByRole('switch')).toHaveCount(0)
  await expect(page.getByRole('button', { name: 'Stop the scheduler' })).toBeHidden()
  await page.getByRole('link', { name: 'own-port' }).click()
  await expect(page.getByRole('dialog')).toContainText('Changes of its state')
  await expect(page.getByRole('button', { name: 'Look now' })).toBeHidden()
  await page.goto('/ui/showroom')
  await expect(page.getByText(/Operators may ask models/)).toBeVisible()
  await page.goto('/ui/schedules/score-day')
  await expect(page.getByText(/Declared in/)).toBeVisible()
  await expect(page.getByRole('button', { name: 'Run now' })).toBeHidden()
  await page.getByRole('button', { name: 'Preferences' }).click()
  await expect(page.getByText('ana, viewer')).toBeVisible()
  await expect(page.getByRole('menuitem', { name: 'Log out' })).toBeVisible()
})
