import { expect, expectAccessible, expectFits, expectSucceeded, test } from './house'

const DAY = { schedule: 'score-day', slot: '2013-11-28T00:00:00' }

test('a dispatch is watched to its end, its log and its rows are read, and it is run again', async ({
  page,
}) => {
  await page.request.post('/dispatches', { data: { ...DAY, dry_run: true } })
  const ordered = await page.request.post('/dispatches', { data: DAY })
  const { id } = await ordered.json()
  await page.goto(`/ui/dispatches/${id}`)
  await expect(page.getByRole('heading', { name: `Dispatch ${id}` })).toBeVisible()
  await expectSucceeded(page)
  await expect(page.getByRole('log')).toContainText('rows delivered')
  await expect(page.getByRole('table').first()).toContainText('probability_late')
  await expect(page.getByText('by program').first()).toBeVisible()
  const beside = page.getByRole('region', { name: 'Beside the one before' })
  await expect(beside).toContainText('Collect, speed')
  await expectAccessible(page)
  await page.getByRole('button', { name: 'Run again' }).click()
  // Others may have come between: its number is the service's affair.
  await expect(page.getByRole('heading', { name: `Dispatch ${id}` })).toBeHidden()
  await expect(page.getByRole('heading', { name: /^Dispatch \d+$/ })).toBeVisible()
})

test('the list is filtered, and the address keeps the filter', async ({ page }) => {
  const ordered = await page.request.post('/dispatches', { data: { ...DAY, dry_run: true } })
  const { id } = await ordered.json()
  const state = async () => (await (await page.request.get(`/dispatches/${id}`)).json()).state
  await expect.poll(state).toBe('succeeded')
  await page.goto('/ui/dispatches')
  await expect(page.getByRole('heading', { name: 'The newest of each schedule' })).toBeVisible()
  await page.getByRole('combobox', { name: 'Kind' }).click()
  await page.getByRole('option', { name: 'by hand' }).click()
  await expect(page).toHaveURL(/kind=manual/)
  await page.reload()
  await expect(page.getByRole('link', { name: /score-day.*by hand/ }).first()).toBeVisible()
  const lane = page.getByRole('listitem').filter({ hasText: 'score-day' }).first()
  await page.getByText('Hour', { exact: true }).click()
  await expect(page).toHaveURL(/span=hour/)
  await lane
    .getByRole('link', { name: /succeeded/ })
    .first()
    .click()
  await expect(page.getByRole('heading', { name: /^Dispatch \d+$/ })).toBeVisible()
  await page.goto('/ui/dispatches?state=lost')
  await expect(page.getByText('No dispatch fits')).toBeVisible()
  await page.goto('/ui/dispatches')
  await expectAccessible(page)
  await page.setViewportSize({ width: 390, height: 844 })
  await expectFits(page)
})

test('one that is not there says so', async ({ page }) => {
  await page.goto('/ui/dispatches/999999')
  await expect(page.getByRole('alert')).toContainText('999999')
})
