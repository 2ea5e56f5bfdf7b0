import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import type { Page } from '@playwright/test'
import { expect, expectAccessible, expectFits, test } from './house'

const PLACE = '/ui/models/flight-delay'
const STATE = String(process.env.DISPARO_VAR)
const FILES = join(STATE, 'to-upload')
const ASKED = {
  ...{ carrier: 'UA', origin: 'EWR', dest: 'ORD', day_of_week: 3 },
  ...{ departure_minute: 600, arrival_minute: 700, distance: 719 },
}

const version = (page: Page, number: number | string) =>
  page
    .getByRole('main')
    .getByRole('listitem')
    .filter({ hasText: `version ${number}` })
    .first()

async function makeLive(page: Page, number: number | string): Promise<void> {
  const made = await page.request.post(`/models/flight-delay/versions/${number}/promote?force=true`)
  expect(made.ok()).toBe(true)
}

test.afterEach(async ({ page }) => {
  await page.request.patch('/models/flight-delay/serving', { data: { gate: null } })
  await makeLive(page, 1)
})

test('a version is uploaded, compared, made live, and the one before is the way back', async ({
  page,
}) => {
  await page.goto('/ui/models')
  await page.getByRole('link', { name: /flight-delay/ }).click()
  await expect(page.getByRole('cell', { name: 'departure_minute' })).toBeVisible()
  await expectAccessible(page)
  await page.getByRole('button', { name: 'New version' }).click()
  const [file, sample] = [0, 1].map((n) => page.locator('input[type=file]').nth(n))
  const pickle = {
    name: 'a.joblib',
    mimeType: 'application/octet-stream',
    buffer: Buffer.from('?'),
  }
  await file?.setInputFiles(pickle)
  await expect(page.getByText(/runs whatever code it holds/)).toBeVisible()
  await expect(page.getByRole('button', { name: 'Upload' })).toBeDisabled()
  await file?.setInputFiles({ ...pickle, name: 'a.skops' })
  await page.getByRole('button', { name: 'Upload' }).click()
  await expect(page.getByRole('dialog').getByRole('alert')).toContainText(/a\.skops|skops/)
  await expectAccessible(page)
  await file?.setInputFiles(join(FILES, 'linear.skops'))
  await sample?.setInputFiles(join(FILES, 'sample.csv'))
  await page.getByRole('button', { name: 'Upload' }).click()
  const told = page.getByText(/Version \d+ of flight-delay is registered/)
  await expect(told).toBeVisible()
  const number = /\d+/.exec(String(await told.textContent()))?.[0] ?? ''

  await version(page, number).getByRole('link', { name: 'Compare' }).click()
  await expect(page.getByRole('cell', { name: 'LogisticRegression' })).toBeVisible()
  await expectAccessible(page)
  await page.getByRole('tab', { name: 'Versions' }).click()
  await version(page, number).getByRole('button', { name: 'Make it live' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Make it live' }).click()
  await expect(version(page, number).getByText('live', { exact: true })).toBeVisible()
  await page.getByRole('button', { name: 'Roll back to version 1' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Roll back to it' }).click()
  await expect(version(page, 1).getByText('live', { exact: true })).toBeVisible()
  await expect(page.getByText(`Version ${number} made live`)).toBeVisible()
  await page.setViewportSize({ width: 390, height: 844 })
  await expectFits(page)
})

test('the gate refuses case by case, and may be overruled', async ({ page }) => {
  const kept = { model: 'flight-delay', title: `Gate ${Date.now()}`, inputs: ASKED }
  const answer = await page.request.post('/showroom/predictions', {
    data: { model: 'flight-delay', cases: [ASKED] },
  })
  const [{ label }] = (await answer.json()).predictions
  const wrong = label === 'late' ? 'on_time' : 'late'
  const stored = await page.request.post('/showroom/cases', { data: { ...kept, expected: wrong } })
  const serving = { gate: 'cases', tolerance: 0 }
  await page.request.patch('/models/flight-delay/serving', { data: serving })
  await page.goto(PLACE)
  await version(page, 2)
    .getByRole('button', { name: /Make it live|Roll back to it/ })
    .click()
  const dialog = page.getByRole('dialog')
  await expect(dialog.getByText(/keeps such a version from going live/)).toBeVisible()
  await expect(dialog.getByRole('row', { name: new RegExp(kept.title) })).toContainText(
    /is expected, it answers|moves by/,
  )
  await expect(dialog.getByText(/may move by 0\.0%/)).toBeVisible()
  await expectAccessible(page)
  await dialog.getByRole('button', { name: 'Make it live all the same' }).click()
  await expect(version(page, 2).getByText('live', { exact: true })).toBeVisible()
  await expect(page.getByText(/forced over \d+ failed case/).first()).toBeVisible()
  await page.request.delete(`/showroom/cases/${(await stored.json()).id}`)
})

test('what is asked, and how good the answers were, is drawn and told', async ({ page }) => {
  await page.goto(`${PLACE}?tab=performance&days=7`)
  await expect(page.getByRole('heading', { name: 'flight-delay' })).toBeVisible()
  const cases = Array.from({ length: 20 }, (_, n) => ({ ...ASKED, distance: 700 + n }))
  const answer = await page.request.post('/showroom/predictions', {
    data: { model: 'flight-delay', cases },
  })
  const { id } = await answer.json()
  const outcomes = cases.map((_, n) => (n % 4 === 0 ? 'late' : 'on_time'))
  await page.request.put(`/showroom/predictions/${id}/outcome`, { data: { outcomes } })
  await page.reload()
  await expect(page.getByRole('heading', { name: 'Calibration' })).toBeVisible()
  await expect(page.locator('.recharts-surface').first()).toBeVisible()
  await expect(page.getByRole('rowheader', { name: 'on_time' })).toBeVisible()
  await page.getByText('As a table').first().click()
  await expect(page.getByRole('columnheader', { name: 'When' })).toBeVisible()
  await expectAccessible(page)

  const command = join(process.env.PYTHON ?? '../.venv/bin/python', '../disparo')
  execFileSync(command, ['models', 'health', 'flight-delay', '--compute'])
  await page.getByRole('tab', { name: 'Drift' }).click()
  await expect(
    page.getByRole('heading', { name: 'How often each label is answered' }),
  ).toBeVisible()
  await page.getByRole('button', { name: 'distance' }).click()
  await expect(page.getByRole('heading', { name: 'distance, now and in the sample' })).toBeVisible()
  await expectAccessible(page)
  await page.setViewportSize({ width: 390, height: 844 })
  await expectFits(page)
})

test('two versions answer side by side in the Showroom', async ({ page }) => {
  await page.goto('/ui/showroom?compare=2')
  await expect(page.getByTestId('answer')).toHaveText(/on_time|late/)
  await expect(page.getByTestId('other-answer')).toHaveText(/on_time|late/)
})
