import type { Page } from '@playwright/test'
import { expect, expectAccessible, expectFits, expectSucceeded, test } from './house'

const QUERY = `SELECT id, carrier, origin, dest, day_of_week, departure_minute, arrival_minute, distance
FROM flights WHERE scheduled_departure >= :window_start AND scheduled_departure < :window_end`

const SOME = QUERY.replace(/ WHERE.*/, '')

/** Write a query into the editor, in which nothing stands yet. */
async function write(page: Page, query: string): Promise<void> {
  const editor = page.locator('.cm-content')
  await expect(editor).toBeVisible()
  await editor.click()
  await page.keyboard.insertText(query)
  await expect(editor).toContainText(query.slice(-20))
}

/** Write the schedule anew as YAML: a wrong one is told at its line, a right one is saved. */
async function editAsYaml(page: Page, name: string): Promise<void> {
  const retype = async (text: string) => {
    await page.locator('.cm-content').press('Control+a')
    await page.keyboard.press('Backspace')
    await page.keyboard.insertText(text)
  }
  await page.getByText('YAML', { exact: true }).click()
  await expect(page.locator('.cm-content')).toContainText('table: predictions_made')
  const right = `name: ${name}
description: Written as a text
model: flight-delay
collect:
  source: flights
  key: id
  query: |
    ${SOME.replace('\n', '\n    ')} LIMIT 30
deliver: {source: flights, table: predictions_made}`
  await retype(right.replace('  key: id\n', ''))
  await page.getByRole('button', { name: 'Save' }).click()
  await expect(page.getByRole('alert')).toContainText('Line 4: collect.key: is missing')
  await retype('name: [')
  await page.getByText('Form', { exact: true }).click()
  await expect(page.getByRole('alert')).toContainText('Line 1')
  await retype(right)
  await page.getByText('Form', { exact: true }).click()
  await expect(page.getByRole('textbox', { name: 'Description' })).toHaveValue('Written as a text')
  await page.getByText('YAML', { exact: true }).click()
  await expect(page.locator('.cm-content')).toContainText('Written as a text')
  await expectAccessible(page)
  await page.getByRole('button', { name: 'Save' }).click()
  await expect(page.getByRole('main').getByText('Written as a text').first()).toBeVisible()
}

test('a schedule is made, tried, run, changed, counted back and removed', async ({ page }) => {
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
  await write(page, QUERY)
  await page.getByLabel('For the slot').fill('2013-11-28T00:00')
  await page.getByRole('button', { name: 'Try on 20 rows' }).click()
  await expect(page.getByText('20 of 20 rows answered')).toBeVisible()
  await expect(page.getByRole('table')).toContainText('probability_late')
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
  await expect(page.getByRole('deletion').getByText('30 7 * * 1-5')).toBeVisible()
  await page.getByRole('button', { name: 'Show' }).click()
  await expect(page.getByText('table: predictions_made')).toBeVisible()

  await page.getByRole('link', { name: 'Edit' }).click()
  await editAsYaml(page, name)
  await page.getByRole('button', { name: 'Run now' }).click()
  await expect(page.getByRole('heading', { name: /^Dispatch \d+/ })).toBeVisible()
  await expectSucceeded(page)

  await page.getByRole('link', { name }).click()
  await page.getByRole('button', { name: 'Remove' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Remove' }).click()
  await expect(page.getByRole('heading', { name: 'Schedules', level: 1 })).toBeVisible()
  await expect(page.getByRole('link', { name })).toBeHidden()
})

test('a query that does not fit is told before it is saved', async ({ page }) => {
  await page.goto('/ui/schedules/new')
  await page.getByLabel('Model').first().click()
  await page.getByRole('option', { name: 'flight-delay' }).click()
  await page.getByLabel('From source').first().click()
  await page.getByRole('option', { name: 'flights' }).click()
  await write(page, 'SELECT id, 7 AS carrier, dest AS dests FROM flights')
  await page.keyboard.press('Control+Enter')
  await expect(page.getByText(/did you mean 'dests'/)).toBeVisible()
  await expect(page.getByText(/which is no text/)).toBeVisible()
  await expectAccessible(page)
  await page.setViewportSize({ width: 390, height: 844 })
  await expectFits(page)
  await page.locator('.cm-content').press('Control+End')
  await page.keyboard.insertText('_away')
  await expect(page.getByText('Something was changed since: try it again.')).toBeVisible()
  await page.getByRole('button', { name: 'Try on 20 rows' }).click()
  await expect(page.getByText('It failed in: Collect')).toBeVisible()
  await expect(page.getByRole('alert')).toContainText('flights_away')
})

test('a schedule fires by itself, is watched, and is paused from the Monitor', async ({ page }) => {
  const name = `fires-${Date.now()}`
  const collect = { source: 'flights', key: 'id', query: `${SOME} LIMIT 30` }
  const deliver = { source: 'flights', table: 'predictions_fired' }
  const interval = { every: 'PT2S' }
  const spec = { name, model: 'flight-delay', interval, collect, deliver }
  expect((await page.request.post('/schedules', { data: spec })).status()).toBe(201)
  await page.goto(`/ui/dispatches?schedule=${name}`)
  const first = page
    .getByRole('listitem')
    .getByRole('link', { name: new RegExp(name) })
    .last()
  await first.click()
  await expect(page.getByRole('heading', { name: /^Dispatch \d+$/ })).toBeVisible()
  await expectSucceeded(page)
  await expect(page.getByRole('table').first()).toContainText('probability_late')

  await page.goto('/ui/')
  const turn = page.getByRole('switch', { name: `Schedule ${name} is on` })
  const stored = async () => (await (await page.request.get(`/schedules/${name}`)).json()).paused
  for (const isOn of [false, true]) {
    await turn.setChecked(isOn, { force: true })
    await expect.poll(stored).toBe(!isOn)
  }
  await page.request.delete(`/schedules/${name}`)
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
