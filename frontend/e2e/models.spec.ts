import { expect, expectAccessible, expectFits, test } from './house'

test('another version is made live, and the first one again', async ({ page }) => {
  await page.goto('/ui/models')
  await page.getByRole('link', { name: /flight-delay/ }).click()
  await expect(page.getByRole('cell', { name: 'departure_minute' })).toBeVisible()
  await expectAccessible(page)
  const version = (n: number) => page.getByRole('listitem').filter({ hasText: `version ${n}` })
  for (const number of [2, 1]) {
    await version(number).getByRole('button', { name: 'Make it live' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Make it live' }).click()
    await expect(version(number).getByText('live', { exact: true })).toBeVisible()
  }
  await page.setViewportSize({ width: 390, height: 844 })
  await expectFits(page)
})

test('two versions answer side by side in the Showroom', async ({ page }) => {
  await page.goto('/ui/showroom?compare=2')
  await expect(page.getByTestId('answer')).toHaveText(/on_time|late/)
  await expect(page.getByTestId('other-answer')).toHaveText(/on_time|late/)
})
