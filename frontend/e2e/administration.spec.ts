import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, expectAccessible, expectFits, test } from './house'
import { PASSWORD } from './login'

const PHONE = { width: 390, height: 844 }

test('a user is added, logs in by the link, gets another role, and is kept out', async ({
  page,
  browser,
  baseURL,
}) => {
  await page.goto('/ui/users')
  await page.getByRole('button', { name: 'Add a user' }).click()
  const name = `made-${Date.now()}`
  await page.getByRole('textbox', { name: 'Name' }).fill(name)
  await page.getByRole('button', { name: 'Add, and make the link' }).click()
  const link = await page.getByLabel('One-time link').textContent()
  await expectAccessible(page)
  await page.getByRole('button', { name: 'Done', exact: true }).click()
  await expect(page.getByRole('row', { name }).getByText('no password yet')).toBeVisible()

  const stranger = await browser.newContext({
    baseURL,
    storageState: { cookies: [], origins: [] },
  })
  const other = await stranger.newPage()
  await other.goto(String(link))
  await other.getByLabel('New password').fill(PASSWORD)
  await other.getByLabel('The same again').fill(PASSWORD)
  await other.getByRole('button', { name: 'Set it' }).click()
  await expect(other.getByRole('heading', { name: 'Monitor', level: 1 })).toBeVisible()
  await expect(other.getByRole('link', { name: 'Users' })).toBeHidden()

  await page.reload()
  const menu = page.getByRole('button', { name: `What can be done with ${name}` })
  await menu.click()
  await page.getByRole('menuitem', { name: 'Change the role' }).click()
  await page.getByRole('combobox', { name: 'Role' }).click()
  await page.getByRole('option', { name: 'operator' }).click()
  await page.getByRole('button', { name: 'Save' }).click()
  await expect(page.getByRole('row', { name }).getByText('operator')).toBeVisible()
  await menu.click()
  await page.getByRole('menuitem', { name: 'Disable' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Disable' }).click()
  await expect(page.getByRole('row', { name }).getByText('disabled')).toBeVisible()
  expect((await other.request.get('/session')).status()).toBe(401)
  await stranger.close()
  await menu.click()
  await page.getByRole('menuitem', { name: 'Remove' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Remove' }).click()
  await expect(page.getByRole('row', { name })).toBeHidden()
  await expectAccessible(page)
})

test('a token is shown once, lets a program in, and is revoked; the audit tells so', async ({
  page,
  playwright,
  baseURL,
}) => {
  const name = `made-${Date.now()}`
  await page.goto('/ui/tokens')
  await page.getByRole('button', { name: 'Make a token' }).first().click()
  await page.getByRole('textbox', { name: 'Name' }).fill(name)
  await page.getByRole('button', { name: 'Make it' }).click()
  const token = String(await page.getByLabel('Token', { exact: true }).textContent())
  expect(token).toMatch(/^disparo_/)
  await page.getByRole('button', { name: 'Copy' }).click()
  await expect(page.getByRole('button', { name: 'Copied' })).toBeVisible()
  await expectAccessible(page)
  await page.getByRole('button', { name: 'Done', exact: true }).click()
  const program = await playwright.request.newContext({
    baseURL,
    extraHTTPHeaders: { Authorization: `Bearer ${token}` },
  })
  expect((await program.get('/schedules')).status()).toBe(200)
  await page.getByRole('row', { name }).getByRole('button', { name: 'Revoke' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Revoke' }).click()
  await expect(page.getByRole('row', { name })).toBeHidden()
  expect((await program.get('/schedules')).status()).toBe(401)
  await program.dispose()

  await page.goto(`/ui/audit?subject=token:${name}`)
  await expect(page.getByRole('main').getByRole('listitem')).toHaveCount(2)
  await page.getByRole('button', { name: `token:${name} created` }).click()
  await expect(page.getByRole('main')).toContainText('viewer')
  await expectAccessible(page)
  await page.setViewportSize(PHONE)
  await expectFits(page)
})

test('the settings are shown without secrets, with where each comes from', async ({ page }) => {
  await page.goto('/ui/settings?show=set')
  await expect(page.getByText('server.port', { exact: true })).toBeVisible()
  await expect(page.getByText('environment', { exact: true }).first()).toBeVisible()
  await expectAccessible(page) // of some of the rows: all of them are hundreds alike
  await page.getByPlaceholder('Search').fill('no such thing')
  await expect(page.getByText('Nothing found')).toBeVisible()
  await page.goto('/ui/settings')
  await expect(page.getByText('database.url', { exact: true })).toBeVisible()
  await page.setViewportSize(PHONE)
  await expectFits(page)
})

test('a source is added, tested step by step, changed and removed', async ({ page }) => {
  const name = `made-${Date.now()}`
  await page.goto('/ui/sources')
  await page.getByRole('button', { name: 'Add a source' }).click()
  await page.getByRole('textbox', { name: 'Name' }).fill(name)
  await page
    .getByRole('textbox', { name: 'Connection' })
    .fill('mysql+pymysql://reader:hidden-word@127.0.0.1:9/none')
  await page.getByRole('button', { name: 'Save' }).click()
  await expect(page.getByRole('heading', { name, level: 1 })).toBeVisible()
  await page.getByRole('button', { name: 'Test the connection' }).click()
  const steps = page.getByRole('main').getByRole('listitem')
  await expect(steps.filter({ hasText: 'Host' })).toHaveAttribute('data-outcome', 'failed')
  await expect(steps.filter({ hasText: 'Driver' })).toHaveAttribute('data-outcome', 'well')
  await page.getByRole('button', { name: 'Edit' }).click()
  await expect(page.getByRole('textbox', { name: 'Connection' })).toHaveValue('')
  await page.getByRole('textbox', { name: 'Description' }).fill('A shop that is away')
  await page.getByRole('button', { name: 'Save' }).click()
  await expect(page.getByText('A shop that is away')).toBeVisible()
  expect(await page.content()).not.toContain('hidden-word')
  await expectAccessible(page)
  await page.getByRole('button', { name: 'Remove' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Remove' }).click()
  await expect(page.getByRole('heading', { name: 'Sources', level: 1 })).toBeVisible()
  await page.goto('/ui/sources/flights')
  await expect(page.getByText(/Declared in .*: edit it there/)).toBeVisible()
  await expect(page.getByRole('link', { name: 'score-day' })).toBeVisible()
  await expect(page.getByRole('button', { name: 'Edit' })).toBeHidden()
  await page.getByRole('button', { name: 'Test the connection' }).click()
  await expect(steps.filter({ hasText: 'Query' })).toHaveAttribute('data-outcome', 'well')
})

test('a check is tried before it is saved, watched, paused and removed', async ({
  page,
  baseURL,
}) => {
  const name = `made-${Date.now()}`
  await page.goto('/ui/checks/new')
  await page.getByRole('textbox', { name: 'Name', exact: true }).fill(name)
  await page.getByRole('textbox', { name: 'Name or address' }).fill('127.0.0.1')
  await page.getByRole('textbox', { name: 'TCP port' }).fill('9')
  await page.getByRole('button', { name: 'Try it now' }).click()
  await expect(page.getByRole('status').filter({ hasText: 'failed at: refused' })).toBeVisible()
  await page.getByRole('textbox', { name: 'TCP port' }).fill(new URL(String(baseURL)).port)
  await page.getByRole('button', { name: 'Try it now' }).click()
  await expect(page.getByText(/accepts connections/)).toBeVisible()
  await expectAccessible(page)
  await page.getByRole('button', { name: 'Save' }).click()
  await expect(page.getByRole('heading', { name, level: 1 })).toBeVisible()
  await expect(page.getByRole('row').getByText('up')).toBeVisible()
  await page.getByRole('button', { name: 'Pause' }).click()
  await expect(page.getByRole('main').getByText('paused', { exact: true }).first()).toBeVisible()
  await expectAccessible(page)
  await page.setViewportSize(PHONE)
  await expectFits(page)
  await page.getByRole('button', { name: 'Remove' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Remove' }).click()
  await expect(page.getByRole('heading', { name: 'Checks', level: 1 })).toBeVisible()
})

test('a channel sends a test, a rule tells by it, and a window keeps quiet', async ({ page }) => {
  const heard: string[] = []
  const receiver = createServer((request, response) => {
    heard.push(String(request.headers.authorization))
    response.end('thanks')
  })
  await new Promise<void>((ready) => receiver.listen(0, '127.0.0.1', ready))
  const { port } = receiver.address() as AddressInfo
  const name = `made-${Date.now()}`

  await page.goto('/ui/alerts?tab=channels')
  await page.getByRole('button', { name: 'New channel' }).click()
  await page.getByRole('textbox', { name: 'Name' }).fill(name)
  await page.getByRole('textbox', { name: 'URL' }).fill(`http://127.0.0.1:${port}/`)
  await page.getByRole('textbox', { name: 'Headers' }).fill('Authorization: Bearer hidden-word')
  await page.getByRole('button', { name: 'Save' }).click()
  const row = page.getByRole('row', { name })
  await row.getByRole('button', { name: 'Send a test' }).click()
  await expect(page.getByRole('dialog')).toContainText('200')
  await expectAccessible(page)
  await page.getByRole('button', { name: 'Close' }).click()
  // Changed, with the stars sent back: the secret stays.
  await row.getByRole('button', { name: `What can be done with ${name}` }).click()
  await page.getByRole('menuitem', { name: 'Edit' }).click()
  expect(await page.content()).not.toContain('hidden-word')
  await page.getByRole('textbox', { name: 'Description' }).fill('The siren')
  await page.getByRole('button', { name: 'Save' }).click()
  await expect(row).toContainText('The siren')
  await row.getByRole('button', { name: 'Send a test' }).click()
  await expect(page.getByRole('dialog')).toContainText('200')
  expect(heard).toEqual(['Bearer hidden-word', 'Bearer hidden-word'])
  await page.getByRole('button', { name: 'Close' }).click()
  receiver.close()

  await page.getByRole('tab', { name: 'Rules' }).click()
  await page.getByRole('button', { name: 'New rule' }).click()
  await page.getByRole('textbox', { name: 'Name' }).fill(name)
  await page.getByRole('button', { name: 'Save' }).click()
  await expect(page.getByRole('alert')).toBeVisible()
  await page.getByRole('combobox', { name: 'Checks' }).fill('nothing-of-it')
  await page.keyboard.press('Enter')
  await page.getByRole('combobox', { name: 'Told by the channels' }).fill(name)
  await page.getByRole('option', { name }).click()
  await page.getByRole('button', { name: 'Save' }).click()
  await expect(row).toContainText('nothing-of-it')

  await page.getByRole('tab', { name: 'Maintenance' }).click()
  await page.getByRole('button', { name: 'New window' }).click()
  await page.getByRole('textbox', { name: 'Name' }).fill(name)
  await page.getByText('Again and again').click()
  await expect(page.getByRole('dialog')).toContainText('At 02:00, only on Sunday')
  await page.getByRole('button', { name: 'Save' }).click()
  await expect(row).toContainText('At 02:00, only on Sunday, for 2 h')
  await expectAccessible(page)
  for (const tab of ['Maintenance', 'Rules', 'Channels']) {
    await page.getByRole('tab', { name: tab }).click()
    await row.getByRole('button', { name: `What can be done with ${name}` }).click()
    await page.getByRole('menuitem', { name: 'Remove' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Remove' }).click()
    await expect(row).toBeHidden()
  }
  await page.getByRole('tab', { name: 'Sent' }).click()
  await page.setViewportSize(PHONE)
  await expectFits(page)
})
