import { expect, expectAccessible, test } from './house'
import { PASSWORD } from './login'

// Whoever is logged in here is so for these tests alone.
test.use({ storageState: { cookies: [], origins: [] } })

test('who is not logged in is led to where one logs in, and back', async ({ page }) => {
  await page.goto('/ui/schedules?text=score')
  await expect(page).toHaveURL(/\/login\?next=%2Fui%2Fschedules%3Ftext%3Dscore/)
  await expectAccessible(page)
  await page.getByLabel('Name').fill('otto')
  await page.getByLabel('Password').fill('not that one')
  await page.getByRole('button', { name: 'Log in' }).click()
  await expect(page.getByRole('alert')).toBeVisible()
  await page.getByLabel('Password').fill(PASSWORD)
  await page.getByRole('button', { name: 'Log in' }).click()
  await expect(page).toHaveURL(/\/ui\/schedules\?text=score/)
  await expect(page.getByRole('link', { name: 'score-day' })).toBeVisible()
})

test('a session that ends midway is gone on with where one was', async ({ page }) => {
  await page.request.post('/session', { data: { name: 'otto', password: PASSWORD } })
  await page.goto('/ui/schedules/new')
  await page.getByRole('textbox', { name: 'Name' }).fill('half-a-form')
  await page.request.delete('/session')
  const dialog = page.getByRole('dialog', { name: 'Your session has ended' })
  await expect(dialog).toBeVisible()
  await expectAccessible(page)
  await dialog.getByLabel('Password').fill('not that one')
  await dialog.getByRole('button', { name: 'Log in' }).click()
  await expect(dialog.getByRole('alert')).toBeVisible()
  await dialog.getByLabel('Password').fill(PASSWORD)
  await dialog.getByRole('button', { name: 'Log in' }).click()
  await expect(dialog).toBeHidden()
  await expect(page.getByRole('textbox', { name: 'Name' })).toHaveValue('half-a-form')
})

test('a password is changed, other sessions are ended, and one logs out', async ({
  page,
  playwright,
  baseURL,
}) => {
  const other = await playwright.request.newContext({ baseURL })
  await other.post('/session', { data: { name: 'otto', password: PASSWORD } })
  await page.request.post('/session', { data: { name: 'otto', password: PASSWORD } })
  await page.goto('/ui/profile')
  await expect(page.getByText('this one')).toBeVisible()
  const form = page.locator('form')
  await form.getByLabel('Present password').fill('not that one')
  await form.getByLabel('New password').fill('short')
  await form.getByLabel('The same again').fill('shorter')
  await expect(page.getByText('The two are not the same.')).toBeVisible()
  await form.getByLabel('The same again').fill('short')
  await form.getByRole('button', { name: 'Change it' }).click()
  await expect(form.getByRole('alert')).toBeVisible()
  await form.getByLabel('Present password').fill(PASSWORD)
  await form.getByLabel('New password').fill(`${PASSWORD} again`)
  await form.getByLabel('The same again').fill(`${PASSWORD} again`)
  await form.getByRole('button', { name: 'Change it' }).click()
  await expect(page.getByText(/Your password is changed/)).toBeVisible()
  expect((await other.get('/session')).status()).toBe(401)
  await other.dispose()
  await expectAccessible(page)
  const back = { old: `${PASSWORD} again`, new: PASSWORD }
  expect((await page.request.put('/session/password', { data: back })).status()).toBe(204)
  await page.getByRole('main').getByRole('button', { name: 'Log out', exact: true }).click()
  await expect(page).toHaveURL(/\/login/)
  expect((await page.request.get('/session')).status()).toBe(401)
})
