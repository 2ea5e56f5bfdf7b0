import { renameSync } from 'node:fs'
import { join } from 'node:path'
import { expect, expectAccessible, expectFits, test } from './house'

const DATABASE = join(String(process.env.DISPARO_VAR), 'examples/flights/flights.sqlite')

/** What a service says whose dispatches run on a cluster; that of the tests has none. */
const CLUSTER = {
  enabled: true,
  way: 'commands',
  asked_at: '2026-11-26T10:00:00Z',
  fault: null,
  cluster: {
    version: '22.05.8',
    controllers: { head: 'UP' },
    nodes: [
      { name: 'n0', state: 'MIXED', partitions: ['work'], processors: 4, busy_processors: 1 },
      { name: 'n1', state: 'IDLE+DRAIN', reason: 'disk', partitions: ['work'], processors: 4 },
    ],
    jobs: [{ id: 3, name: 'disparo-7-4b20543146b14df7-1', state: 'RUNNING', node: 'n0' }],
    waiting: 0,
    running: 1,
  },
}

test.beforeEach(async ({ page }) => {
  await page.request.post('/schedules/score-day/resume')
  await page.request.post('/monitor/scheduler/resume')
  await page.goto('/')
  await expect(page.getByRole('heading', { name: 'Monitor', level: 1 })).toBeVisible()
})

test('the root leads to the Monitor, which is live', async ({ page }) => {
  await expect(page).toHaveURL(/\/ui\/$/)
  await expect(page.getByText('Live', { exact: true })).toBeVisible()
  await expect(page.getByRole('link', { name: 'own-port' })).toBeVisible()
  await expect(page.getByText('score-day')).toBeVisible()
  await expectAccessible(page)
})

test('a schedule is paused and resumed by its switch', async ({ page }) => {
  const turn = page.getByRole('switch', { name: 'Schedule score-day is on' })
  await expect(turn).toBeChecked()
  await turn.uncheck({ force: true })
  const row = page.getByRole('listitem').filter({ hasText: 'score-day' })
  await expect(row.getByText('paused')).toBeVisible()
  const stored = async () => (await (await page.request.get('/schedules/score-day')).json()).paused
  await expect.poll(stored).toBe(true)
  await turn.check({ force: true })
  await expect.poll(stored).toBe(false)
  await expect(row.getByText('paused')).toBeHidden()
})

test('the scheduler is stopped after a question, and started again', async ({ page }) => {
  await page.getByRole('button', { name: 'Stop the scheduler' }).click()
  await page.getByRole('button', { name: 'Stop', exact: true }).click()
  await expect(page.getByText('Stopped by a person: no slot is dispatched')).toBeVisible()
  await page.getByRole('button', { name: 'Start the scheduler' }).click()
  await expect(page.getByText('Dispatches what is due')).toBeVisible()
})

test('a database that is gone turns red by itself, and comes back', async ({ page }) => {
  const tile = page.getByRole('link', { name: 'flights-database' })
  await expect(tile).toHaveAttribute('data-state', 'up')
  renameSync(DATABASE, `${DATABASE}.away`)
  try {
    await expect(tile).toHaveAttribute('data-state', 'down')
    await expect(page.getByRole('status').filter({ hasText: 'down' })).toContainText(
      'flights-database',
    )
    await page.getByText(/^Troubles/).click()
    await expect(page).toHaveURL(/show=troubles/)
    await expect(page.getByRole('link', { name: 'own-port' })).toBeHidden()
    await expectAccessible(page)
    await tile.click()
    await expect(page.getByRole('dialog')).toContainText('Changes of its state')
    await expectAccessible(page)
  } finally {
    renameSync(`${DATABASE}.away`, DATABASE)
  }
  await page.keyboard.press('Escape')
  await page.getByText('Everything', { exact: true }).click()
  await expect(tile).toHaveAttribute('data-state', 'up')
})

test('a check is looked at by hand, and what is found is told', async ({ page }) => {
  await page.getByRole('link', { name: 'own-url' }).click()
  await page.getByRole('button', { name: 'Look now' }).click()
  await expect(page.getByText('Found just now')).toBeVisible()
  await page.getByRole('button', { name: 'Close' }).click()
  await expect(page.getByRole('dialog')).toBeHidden()
})

test('search finds a check by the keyboard alone', async ({ page }) => {
  await page.keyboard.press('/')
  await page.getByPlaceholder('Search and commands').fill('own-po')
  await page.keyboard.press('Enter')
  await expect(page.getByRole('dialog', { name: 'own-port' })).toContainText('Look now')
})

test('in Portuguese and in the dark, on a phone', async ({ page }) => {
  await page.setViewportSize({ width: 390, height: 844 })
  await page.getByRole('button', { name: 'Preferences' }).click()
  await page.getByRole('menuitem', { name: 'Português' }).click()
  await expect(page.getByText('Ao vivo')).toBeVisible()
  await page.getByRole('button', { name: 'Preferências' }).click()
  await page.getByRole('menuitem', { name: 'Escuro' }).click()
  await expect(page.locator('html')).toHaveAttribute('data-mantine-color-scheme', 'dark')
  await page.route('/monitor/slurm', (route) => route.fulfill({ json: CLUSTER }))
  await page.reload()
  await expect(page.getByText('Ao vivo')).toBeVisible()
  await expect(page.getByText('Às 00:00')).toBeVisible()
  await expect(page.getByText('fechado a novos jobs')).toBeVisible()
  await expect(page.getByRole('link', { name: 'Disparo 7' })).toHaveAttribute(
    'href',
    /dispatches\/7/,
  )
  await expectFits(page)
  await expectAccessible(page)
  await expect(page.locator('html')).toHaveAttribute('data-mantine-color-scheme', 'dark')
  await expect(page.locator('html')).toHaveAttribute('lang', 'pt-BR')
})

test('what the service refuses is told in its own words, and taken back', async ({ page }) => {
  await page.route('**/schedules/score-day/pause', (route) =>
    route.fulfill({
      status: 409,
      contentType: 'application/problem+json',
      json: { type: 'urn:disparo:conflict', title: 'Conflict', status: 409, detail: 'not now' },
    }),
  )
  const turn = page.getByRole('switch', { name: 'Schedule score-day is on' })
  await turn.click({ force: true })
  await expect(page.getByRole('alert')).toContainText('not now')
  await expect(turn).toBeChecked()
})

test('it says when the service is not heard', async ({ page }) => {
  await page.route('**/monitor**', (route) => route.abort())
  await page.reload()
  await expect(page.getByText('Disparo does not answer').first()).toBeVisible()
  await page.unroute('**/monitor**')
  await page.getByRole('button', { name: 'Try again' }).click()
  await expect(page.getByRole('link', { name: 'own-port' })).toBeVisible()
})

test('an address that names nothing says so', async ({ page }) => {
  await page.goto('/ui/nothing')
  await expect(page.getByRole('heading', { name: 'There is nothing here' })).toBeVisible()
  await page.getByRole('link', { name: 'To the Monitor' }).click()
  await expect(page.getByRole('link', { name: 'own-port' })).toBeVisible()
})
