import type { Page } from 'playwright'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { buildApp } from '../../../scripts/start.mjs'
import type { PersonId } from '../sync/people'
import { Chromium } from './testing/Chromium'
import { addTask, isLive, isSaved, notesOf, openTask, rowOf, titleOf, waitsForNetwork } from './testing/screen'
import { TrackerProcess } from './testing/TrackerProcess'

const tracker = new TrackerProcess()
let browser: Chromium

beforeAll(async () => {
  await buildApp()
  await tracker.start()
  browser = await Chromium.open()
}, 300_000)
afterEach(() => browser.allLeave())
afterAll(async () => {
  await browser?.close()
  await tracker.remove()
})

const sitDown = (person: PersonId): Promise<Page> => browser.sitDown(person, tracker.url)

describe('the tracker', () => {
  it('is live between two people, with a field of every kind', async () => {
    const [alice, bob] = [await sitDown('alice'), await sitDown('bob')]
    await addTask(alice, 'Plan the party')
    await openTask(bob, 'Plan the party')

    // a register, and an enumeration
    await titleOf(alice).fill('Plan the big party')
    await alice.getByRole('article').getByLabel('Status').selectOption('doing')
    await rowOf(bob, 'Plan the big party').locator('.status-icon--doing').waitFor()

    // a counter and a set, changed by both at once
    await Promise.all([alice, bob].map(page => page.getByRole('button', { name: 'Vote' }).click()))
    await Promise.all([
      alice.getByRole('button', { name: 'bug' }).click(),
      bob.getByRole('button', { name: 'docs' }).click(),
    ])
    for (const page of [alice, bob]) {
      await page.locator('[data-field="votes"]').getByText('2', { exact: true }).waitFor()
      for (const name of ['bug', 'docs']) await page.getByRole('button', { name, pressed: true }).waitFor()
    }

    // a text, typed in by both; the caret stays in its word
    const [aliceNotes, bobNotes] = [alice, bob].map(notesOf)
    await aliceNotes?.pressSequentially('cake and music')
    await expect.poll(() => bobNotes?.inputValue()).toBe('cake and music')
    await bobNotes?.focus()
    await bobNotes?.press('Control+Home')
    await bobNotes?.pressSequentially('Bring ')
    await expect.poll(() => aliceNotes?.inputValue()).toBe('Bring cake and music')
    await aliceNotes?.pressSequentially('!')
    await expect.poll(() => bobNotes?.inputValue()).toBe('Bring cake and music!')

    // rich text, as a list
    await alice.getByRole('button', { name: 'Add an entry' }).click()
    await alice.getByRole('textbox', { name: 'Entry' }).fill('Ask everyone')
    await expect.poll(() => bob.getByRole('textbox', { name: 'Entry' }).inputValue()).toBe('Ask everyone')
    await bob.getByRole('checkbox', { name: 'Done' }).check()
    await alice.locator('.checklist__item[data-done]').waitFor()

    // a decided field
    await bob.getByRole('button', { name: 'Take it' }).click()
    await expect.poll(() => alice.getByRole('article').getByLabel('Assignee').inputValue()).toBe('bob')
  })

  it('takes back what was done in the open task, and nothing that others did', async () => {
    const [alice, bob] = [await sitDown('alice'), await sitDown('bob')]
    await addTask(alice, 'Paint the fence')
    await openTask(bob, 'Paint the fence')
    await alice.getByRole('article').getByLabel('Status').selectOption('doing')
    await notesOf(alice).fill('in green')
    await expect.poll(() => notesOf(bob).inputValue()).toBe('in green')
    await bob.getByRole('button', { name: 'Vote' }).click()
    await notesOf(bob).press('Control+Home')
    await notesOf(bob).pressSequentially('Soon: ')
    await expect.poll(() => notesOf(alice).inputValue()).toBe('Soon: in green')

    await notesOf(alice).press('Control+z')
    await expect.poll(() => notesOf(bob).inputValue()).toBe('Soon: ')
    await alice.getByRole('button', { name: 'Undo' }).click()
    await rowOf(bob, 'Paint the fence').locator('.status-icon--todo').waitFor()
    expect(await alice.getByRole('button', { name: 'Undo' }).isDisabled()).toBe(true)
    await alice.keyboard.press('Control+Shift+z')
    await rowOf(bob, 'Paint the fence').locator('.status-icon--doing').waitFor()
    await alice.getByRole('button', { name: 'Redo' }).click()
    await expect.poll(() => notesOf(bob).inputValue()).toBe('Soon: in green')
    expect(await alice.locator('[data-field="votes"]').textContent()).toBe('1')
  })

  it('filters, sorts, counts and loads more of 5,000 tasks', async () => {
    const alice = await sitDown('alice')
    await alice.getByRole('button', { name: /^All\s*5,00/ }).waitFor()
    await expect.poll(() => rowOf(alice, '').locator('.row__link').count()).toBe(50)
    await alice.getByRole('button', { name: 'Show 50 more' }).click()
    await expect.poll(() => rowOf(alice, '').locator('.row__link').count()).toBe(100)
    await alice.getByLabel('Order').selectOption('votes')
    await expect.poll(() => alice.locator('.row__votes').first().textContent()).toBe('▲ 29')
    await alice.getByLabel('Search titles').fill('dark mode')
    await alice.getByRole('group', { name: 'Status' }).getByRole('button', { name: /^Done/ }).click()
    await expect
      .poll(async () => {
        const rows = await alice.locator('.row').allTextContents()
        return rows.length > 0 && rows.every(row => row.includes('dark mode'))
      })
      .toBe(true)
    await expect.poll(() => alice.locator('.row .status-icon:not(.status-icon--done)').count()).toBe(0)
  })

  it('[G13] keeps working while the node is gone, through a reload, and brings everything back', async () => {
    const [alice, bob] = [await sitDown('alice'), await sitDown('bob')]
    await addTask(alice, 'Water the plants')
    await rowOf(bob, 'Water the plants').waitFor()
    await isSaved(alice)
    await alice.evaluate(() => navigator.serviceWorker.ready)

    await tracker.stop('SIGKILL')
    await titleOf(alice).fill('Water the plants twice')
    await waitsForNetwork(alice)
    await alice.reload()
    await expect.poll(() => titleOf(alice).inputValue()).toBe('Water the plants twice')
    await waitsForNetwork(alice)
    await addTask(alice, 'Made without a network')

    await tracker.start()
    await isLive(alice)
    await isSaved(alice)
    await rowOf(bob, 'Water the plants twice').waitFor()
    await rowOf(bob, 'Made without a network').waitFor()
  })

  it('works offline at the flick of a switch, in two tabs', async () => {
    const first = await sitDown('alice')
    const second = await first.context().newPage()
    await second.goto(tracker.url)
    await isSaved(second)
    await first.getByRole('switch', { name: 'Work offline' }).click()
    await first.locator('.status[data-connection="offline"]').waitFor()
    await addTask(first, 'Written in the first tab')
    await rowOf(second, 'Written in the first tab').waitFor()
    await second.getByRole('switch', { name: 'Work offline', checked: true }).click()
    await first.getByRole('switch', { name: 'Work offline', checked: false }).waitFor()
    await isLive(first)
    await isSaved(first)
    await isSaved(second)
  })

  it('[G11] shows people what they may see, and tells them what they may not do', async () => {
    const [alice, bob, carol] = [await sitDown('alice'), await sitDown('bob'), await sitDown('carol')]
    await addTask(alice, 'For Carol only')
    await alice.getByRole('article').getByLabel('Assignee').selectOption('carol')
    await rowOf(carol, 'For Carol only').waitFor()

    // bob sees it and votes, but a title of his is refused, and he is told
    await openTask(bob, 'For Carol only')
    await bob.getByRole('button', { name: 'Vote' }).click()
    await titleOf(bob).fill('For Bob')
    await bob.getByText('1 refused').click()
    await bob.getByText('This task belongs to carol.').waitFor()
    await expect.poll(() => titleOf(bob).inputValue()).toBe('For Carol only')
    await alice.locator('[data-field="votes"]').getByText('1', { exact: true }).waitFor()
    await bob.getByRole('button', { name: 'Got it' }).click()
    await bob.getByText('1 refused').waitFor({ state: 'detached' })

    // whose task it no longer is, loses sight of it
    await alice.getByRole('article').getByLabel('Assignee').selectOption('bob')
    await rowOf(carol, 'For Carol only').waitFor({ state: 'detached' })
    const isHers = await carol
      .locator('.row')
      .evaluateAll(rows => rows.every(row => row.querySelector('.status-icon--done, .avatar--carol') !== null))
    expect(isHers).toBe(true)
  })

  it('changes the person, who finds their own tasks', async () => {
    const page = await sitDown('alice')
    await page.getByLabel('You are').selectOption('carol')
    await isSaved(page)
    await page.getByRole('button', { name: /^To do\s*[1-9]/ }).waitFor()
    await page.getByLabel('You are').selectOption('alice')
    await page.getByRole('button', { name: /^All\s*5,0/ }).waitFor()
  })
})
