import { existsSync } from 'node:fs'
import { describeWithServers } from '@tidemark/server/testing/describeWithServers'
import type { Page } from 'playwright'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { Chromium } from './testing/Chromium'
import { ClusterProcess } from './testing/ClusterProcess'
import { addTask, isLive, isSaved, notesOf, openTask, rowOf } from './testing/screen'

describeWithServers('the tracker on three nodes', ClusterProcess.missing, () => {
  let cluster: ClusterProcess
  let browser: Chromium
  let alice: Page
  let bob: Page

  beforeAll(async () => {
    cluster = await ClusterProcess.start()
    browser = await Chromium.open()
    alice = await browser.sitDown('alice', cluster.url)
    bob = await browser.sitDown('bob', cluster.url)
    if ((await nodeOf(bob)) === (await nodeOf(alice))) await reconnect(bob)
  }, 300_000)
  afterAll(async () => {
    await browser?.close()
    await cluster?.stop()
  })

  it('[L1] shows at one node what is done at another', async () => {
    await addTask(alice, 'Plan the party')
    await openTask(bob, 'Plan the party')
    await notesOf(alice).pressSequentially('cake')
    await expect.poll(() => notesOf(bob).inputValue()).toBe('cake')
    await notesOf(bob).press('Control+End')
    await notesOf(bob).pressSequentially(' and music')
    await expect.poll(() => notesOf(alice).inputValue()).toBe('cake and music')
    expect(await nodeOf(alice)).not.toBe(await nodeOf(bob))
  })

  it('[G15, L1] goes on at another node by itself when one is killed: nothing is lost, and who is elsewhere stays there', async () => {
    const [killed, spared] = [await nodeOf(alice), await nodeOf(bob)]
    await notesOf(alice).press('Control+End')
    await notesOf(alice).pressSequentially(', and')
    cluster.signal(killed, 'SIGKILL')
    await notesOf(alice).pressSequentially(' balloons')
    await addTask(bob, 'Invite everyone')
    await cluster.says(new RegExp(`^${killed} .* down \\(SIGKILL\\)`))
    await isAtAnother(alice, killed)
    for (const page of [alice, bob]) await isSaved(page)
    await rowOf(alice, 'Invite everyone').waitFor()
    await openTask(bob, 'Plan the party')
    await expect.poll(() => notesOf(bob).inputValue()).toBe('cake and music, and balloons')
    expect(await nodeOf(bob)).toBe(spared)
  })

  it('[G15, L1] sends people elsewhere when their node is stopped, and takes what was typed without a network', async () => {
    if ((await nodeOf(bob)) !== (await nodeOf(alice))) await reconnect(alice)
    const stopped = await nodeOf(bob)
    expect(await nodeOf(alice)).toBe(stopped)
    await bob.context().setOffline(true)
    await addTask(bob, 'Written on the train')
    await isUnsent(bob, 'Written on the train')
    cluster.signal(stopped, 'SIGTERM')
    await addTask(alice, 'Written during a deployment')
    await cluster.says(new RegExp(`^${stopped} .* down \\(exit code 0\\)`))
    await isAtAnother(alice, stopped)
    await isSaved(alice)
    await isUnsent(bob, 'Written on the train')
    await bob.context().setOffline(false)
    await isAtAnother(bob, stopped)
    await isSaved(bob)
    await rowOf(alice, 'Written on the train').waitFor()
    await rowOf(bob, 'Written during a deployment').waitFor()
  })

  it('ends without leaving a process or a folder behind', async () => {
    const { pids, folder } = cluster
    expect(pids.filter(isAlive).length).toBeGreaterThanOrEqual(3)
    expect(existsSync(folder)).toBe(true)
    expect(await cluster.stop()).toBe(0)
    expect(pids.filter(isAlive)).toEqual([])
    expect(existsSync(folder)).toBe(false)
  })
})

/** Which node somebody is on, as their screen says. */
async function nodeOf(page: Page): Promise<string> {
  const said = await page.locator('.status[data-connection="online"] .status__node').textContent()
  return said?.replace('at ', '') ?? ''
}

const isAtAnother = (page: Page, node: string) =>
  page.locator('.status[data-connection="online"] .status__node').filter({ hasNotText: node }).waitFor()

const isUnsent = (page: Page, title: string) => rowOf(page, title).getByTitle('Not sent yet').waitFor()

/** The balancer gives each connection to the next node. */
async function reconnect(page: Page): Promise<void> {
  const toggle = page.getByRole('switch', { name: 'Work offline' })
  await toggle.click()
  await page.locator('.status[data-connection="offline"]').waitFor()
  await toggle.click()
  await isLive(page)
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}
