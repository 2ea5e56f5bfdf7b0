import { expect, expectAccessible, expectFits, test } from './house'

const QUERY = `SELECT id, carrier, origin, dest, day_of_week, departure_minute, arrival_minute, distance
FROM flights WHERE scheduled_departure >= :window_start AND scheduled_departure < :window_end`

test('a schedule is made, run, changed, counted back and removed', async ({ page }) => {
  const name = `made-${Date.now()}`
  await page.goto('/ui/schedules')
  await page.getByRole('link', { name: 'New schedule' }).click()
  await page.getByRole('textbox', { name: 'Name' }).fill(name)
  await page.getByLabel('Model').first().click()
  await page.getByRole('option', { name: 'flight-delay' }).click()
  await page.getByRole('textbox', { name: 'Cron expression' }).fill('61 * * * *')
  await expect(page.getByText(/61/).first()).toBeVisible()
  await page.getByRole('textbox', { name: 'Cron expression' }).fill('30 7 * * 1-5')
  await expect(page.getByText('At 07:30, Monday through Friday')).toBeVisible()
  await page.getByLabel('From source').first().click()
  await page.getByRole('option', { name: 'flights' }).click()
  await page.getByRole('textbox', { name: 'Window from the slot' }).fill('PT0S')
  await page.getByRole('textbox', { name: 'Window to' }).fill('P1D')
  await page.getByRole('textbox', { name: 'Query' }).fill(QUERY)
  await page.getByRole('textbox', { name: 'Table' }).fill('predictions_made')
  await expectAccessible(page)
  await page.getByRole('button', { name: 'Save' }).click()
  await expect(page.getByRole('heading', { name, level: 1 })).toBeVisible()
  await expect(page.getByText('At 07:30, Monday through Friday')).toBeVisible()

  await page.getByLabel(/^From/).fill('2013-11-25T00:00')
  await page.getByLabel(/^Before/).fill('2013-11-30T00:00')
  await page.getByRole('button', { name: 'Count' }).click()
  await expect(page.getByText(/5 dispatches/)).toBeVisible()
  await expectAccessible(page)

  await page.getByRole('link', { name: 'Edit' }).click()
  await page.getByText('By hand', { exact: true }).click()
  await page.getByRole('button', { name: 'Save' }).click()
  await expect(page.getByText('It is not due by itself.')).toBeVisible()

  await page.getByRole('button', { name: 'Run now' }).click()
  await expect(page.getByRole('heading', { name: /^Dispatch \d+/ })).toBeVisible()
  await expect(page.getByRole('main').getByText('succeeded', { exact: true }).first()).toBeVisible()

  await page.getByRole('link', { name }).click()
  await page.getByRole('button', { name: 'Remove' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Remove' }).click()
  await expect(page.getByRole('heading', { name: 'Schedules', level: 1 })).toBeVisible()
  await expect(page.getByRole('link', { name })).toBeHidden()
})

test('what a file declares is switched and not edited; the list fits a phone', async ({ page }) => {
  await page.goto('/ui/schedules/score-day')
  await expect(page.getByText(/Declared in .*: edit it there/)).toBeVisible()
  await expect(page.getByRole('link', { name: 'Edit' })).toBeHidden()
  await page.goto('/ui/schedules')
  await expect(page.getByRole('link', { name: 'score-day' })).toBeVisible()
  await expectAccessible(page)
  await page.setViewportSize({ width: 390, height: 844 })
  await expectFits(page)
  await page.getByPlaceholder('Search').fill('replay')
  await expect(page.getByRole('link', { name: 'score-day' })).toBeHidden()
})
