import { expect, expectAccessible, expectFits, test } from './house'

test.beforeEach(async ({ page }) => {
  await page.goto('/ui/showroom')
  await expect(page.getByTestId('answer')).toHaveText(/on_time|late/)
})

test('a case is answered as it is changed, explained, and found on record', async ({ page }) => {
  const minute = page.getByRole('textbox', { name: 'departure_minute' })
  const asked = page.waitForRequest(
    (one) => one.url().includes('/showroom/predictions') && one.method() === 'POST',
  )
  await minute.fill('1380')
  expect((await asked).postDataJSON().cases[0].departure_minute).toBe(1380)
  await page.getByRole('switch', { name: 'Explain' }).check()
  await expect(page.getByText(/What speaks for/)).toBeVisible()
  await expectAccessible(page)
  await expect(page.getByRole('link', { name: /departure_minute 1380/ })).toHaveCount(0)
  await page.getByRole('combobox', { name: 'Kind' }).click()
  await page.getByRole('option', { name: 'tried' }).click()
  const row = page.getByRole('link', { name: /departure_minute 1380/ }).first()
  await row.click()
  await expect(page.getByRole('dialog')).toContainText('1380')
  await page.getByRole('button', { name: 'Answer again' }).click()
  await expect(page.getByText('No label has changed')).toBeVisible()
  await page.getByRole('dialog').getByLabel('What turned out to be true').click()
  await page.getByRole('option', { name: 'late' }).click()
  await page.getByRole('button', { name: 'Close' }).click()
  await expect(page.getByRole('link', { name: /was late/ }).first()).toBeVisible()
})

test('cases are pasted, and each is answered', async ({ page }) => {
  await page.getByRole('tab', { name: 'Paste' }).click()
  const names = 'carrier,origin,dest,day_of_week,departure_minute,arrival_minute,distance'
  const area = page.getByRole('textbox', { name: 'JSON, or CSV with a header' })
  await area.fill(`${names}\nUA,EWR,ORD,5,600,700,719\nAA,JFK,LAX,1,1200,1400,2475`)
  await expect(page.getByRole('row')).toHaveCount(3)
  await area.fill('{"carrier": ')
  await expect(page.getByText(/This is no JSON/)).toBeVisible()
  await area.fill(`${names}\nXX,EWR,ORD,5,600,700,719`)
  await expect(page.getByText(/none of its categories/)).toBeVisible()
})

test('a case is kept, searched for, and run', async ({ page }) => {
  await page.getByRole('button', { name: 'Keep as a case' }).click()
  const title = `Kept by a test ${Date.now()}`
  await page.getByRole('textbox', { name: 'Title' }).fill(title)
  await page.getByRole('button', { name: 'Keep', exact: true }).click()
  await expect(page.getByText('The case is kept.')).toBeVisible()
  await page.getByRole('tab', { name: /Stored cases/ }).click()
  await page.getByPlaceholder('Search by title, tag or value').fill(title)
  await page.getByRole('button', { name: 'Run all' }).click()
  await expect(page.getByText(/of \d+ foreseen/)).toBeVisible()
  await page.getByRole('button', { name: `What may be done with ${title}` }).click()
  await page.getByRole('menuitem', { name: 'Title, tags, right answer' }).click()
  await page.getByRole('dialog').getByRole('combobox', { name: 'Tags' }).fill('mine')
  await page.keyboard.press('Enter')
  await page.getByRole('button', { name: 'Keep', exact: true }).click()
  await page
    .locator('label')
    .filter({ hasText: /^mine$/ })
    .click()
  await page.getByRole('button', { name: 'Run those with mine' }).click()
  await expect(page.getByText(/of 0 foreseen|of 1 foreseen/)).toBeVisible()
  await expectAccessible(page)
  await page.getByRole('button', { name: new RegExp(`^${title}`) }).click()
  await expect(page.getByRole('tab', { name: 'Form' })).toHaveAttribute('aria-selected', 'true')
})

test('cases are imported from a file, and removed', async ({ page }) => {
  const title = `Imported ${Date.now()}`
  const names = 'carrier,origin,dest,day_of_week,departure_minute,arrival_minute,distance'
  const file = (rows: string) => ({
    name: 'cases.csv',
    mimeType: 'text/csv',
    buffer: Buffer.from(`${names},truth,called\n${rows}\n`),
  })
  await page.getByRole('tab', { name: /Stored cases/ }).click()
  await page.getByRole('button', { name: 'Import' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByRole('textbox', { name: 'Column of the right answer' }).fill('truth')
  await dialog.getByRole('textbox', { name: 'Column of the title' }).fill('called')
  await page.locator('input[type=file]').setInputFiles(file('XX,EWR,ORD,3,600,700,719,late,x'))
  await dialog.getByRole('button', { name: 'Import' }).click()
  await expect(dialog.getByRole('alert')).toContainText('row 2')
  await page
    .locator('input[type=file]')
    .setInputFiles(file(`UA,EWR,ORD,3,600,700,719,late,${title}`))
  await dialog.getByRole('button', { name: 'Import' }).click()
  await expect(page.getByText('1 case imported')).toBeVisible()
  await page.getByRole('button', { name: `What may be done with ${title}` }).click()
  await page.getByRole('menuitem', { name: 'Remove' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Remove' }).click()
  await expect(page.getByText('The case is removed.')).toBeVisible()
  await expect(page.getByText(title)).toHaveCount(0)
})

test('what was tried is asked for real, and then counts', async ({ page }) => {
  await page.getByRole('textbox', { name: 'departure_minute' }).fill('1111')
  await expect(page.getByRole('button', { name: 'Ask for real' })).toBeEnabled()
  await page.getByRole('button', { name: 'Ask for real' }).click()
  await expect(page.getByRole('dialog')).toContainText(/live · version/)
  await page.getByRole('button', { name: 'Close' }).click()
  await expect(page.getByRole('link', { name: /departure_minute 1111/ }).first()).toBeVisible()
})

test('it fits a phone', async ({ page }) => {
  await page.setViewportSize({ width: 390, height: 844 })
  await expectFits(page)
})
