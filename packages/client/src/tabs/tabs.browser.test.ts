import { createNode, memory } from '@tidemark/server'
import type { Page } from 'playwright'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { Chromium, crashTab } from '../testing/browser/Chromium.js'
import { type ServedPage, servePage } from '../testing/browser/servePage.js'
import { Relay } from '../testing/Relay.js'
import { schema, tasks } from '../testing/tracker.js'

type Node = Awaited<ReturnType<typeof createNode>>

let served: ServedPage
let browser: Chromium
let node: Node
let relay: Relay
let url: string
let workspace = ''
let workspaces = 0
const pages: Page[] = []

beforeAll(async () => {
  served = await servePage(new URL('./testing/trackerPage.ts', import.meta.url))
  browser = await Chromium.open()
  node = await createNode({
    schema,
    store: memory(),
    authenticate: ({ token }) => ({ userId: token ?? 'alice' }),
    access: { workspace: () => 'write' },
  })
  relay = new Relay((await node.listen({ port: 0, host: '127.0.0.1' })).url)
  url = await relay.connect()
})
afterAll(async () => {
  await browser?.close()
  await served?.close()
  await relay?.cut()
  await node?.stop()
})
beforeEach(() => {
  workspace = `acme-${++workspaces}`
})
afterEach(async () => {
  await Promise.all(pages.splice(0).map(page => page.close().catch(() => undefined)))
})

/** A tab of alice, in this test's workspace. */
async function openTab(): Promise<Page> {
  const page = await browser.openTab(served.url)
  pages.push(page)
  await start(page)
  return page
}

async function start(page: Page): Promise<void> {
  await page.evaluate(options => globalThis.tracker.start(options), { url, workspace, userId: 'alice' })
}

const insert = (page: Page, title: string) => page.evaluate(title => globalThis.tracker.insert(title), title)
const untilTitles = (page: Page, titles: readonly string[]) =>
  page.evaluate(titles => globalThis.tracker.untilTitles(titles), titles)
const untilStatus = (page: Page, status: Parameters<typeof globalThis.tracker.untilStatus>[0]) =>
  page.evaluate(status => globalThis.tracker.untilStatus(status), status)
const statusOf = (page: Page) => page.evaluate(() => globalThis.tracker.status())
const settled = (page: Page) => page.evaluate(() => globalThis.tracker.settled())

describe('tabs of one replica', () => {
  it('[CL-TABS-4] three tabs are in step, over one connection', async () => {
    const tabs = [await openTab(), await openTab(), await openTab()]
    for (const tab of tabs) await untilStatus(tab, { connection: 'online' })
    await Promise.all(tabs.map((tab, i) => insert(tab, `task ${i}`)))
    for (const tab of tabs) await untilTitles(tab, ['task 0', 'task 1', 'task 2'])
    await Promise.all(tabs.map(settled))
    const statuses = await Promise.all(tabs.map(statusOf))
    expect(statuses.map(status => status.leader).filter(Boolean)).toHaveLength(1)
    expect(statuses.map(status => status.pending)).toEqual([0, 0, 0])
    const rows = await node.workspace(workspace).list(tasks, { orderBy: 'title' })
    expect(rows.map(row => row.title)).toEqual(['task 0', 'task 1', 'task 2'])
    await node.workspace(workspace).update(tasks, rows[0]!.id, { title: 'from elsewhere' })
    for (const tab of tabs) await untilTitles(tab, ['from elsewhere', 'task 1', 'task 2'])
  })

  it('[CL-TABS-5, G7, G15] when the leading tab crashes while three write, nothing is lost and nothing counts twice', async () => {
    const tabs = [await openTab(), await openTab(), await openTab()]
    for (const tab of tabs) await untilStatus(tab, { connection: 'online' })
    const ids: string[] = []
    for (const [i, tab] of tabs.entries()) ids.push(await insert(tab, `task ${i}`))
    for (const tab of tabs) await untilTitles(tab, ['task 0', 'task 1', 'task 2'])
    const leads = await Promise.all(tabs.map(async tab => (await statusOf(tab)).leader))
    const leading = leads.indexOf(true)
    const saved = [0, 0, 0]
    const haveAllVoted = new Promise<void>(resolve => {
      const exposed = tabs.map(async (tab, i) => {
        await tab.exposeFunction('voted', (count: number) => {
          saved[i] = count
          if (saved.every(votes => votes >= 20)) resolve()
        })
        await tab.evaluate(id => globalThis.tracker.voteForEver(id), ids[i]!)
      })
      void Promise.all(exposed)
    })
    await haveAllVoted
    await crashTab(tabs[leading]!)
    const others = [0, 1, 2].filter(i => i !== leading)
    const cast = await Promise.all(others.map(i => tabs[i]!.evaluate(() => globalThis.tracker.endVoting())))
    await Promise.all(others.map(i => settled(tabs[i]!)))
    const rows = await node.workspace(workspace).list(tasks, {})
    const votesOf = (i: number) => rows.find(row => row.id === ids[i])!.votes
    expect(others.map(votesOf)).toEqual(cast)
    // Of the crashed tab at most the last one may have been stored without being reported.
    expect(votesOf(leading)).toBeGreaterThanOrEqual(saved[leading]!)
    expect(votesOf(leading)).toBeLessThanOrEqual(saved[leading]! + 1)
    for (const i of others) {
      const shown = await Promise.all(ids.map(id => tabs[i]!.evaluate(id => globalThis.tracker.votes(id), id)))
      expect(shown).toEqual([0, 1, 2].map(votesOf))
    }
    expect((await Promise.all(others.map(i => statusOf(tabs[i]!)))).filter(status => status.leader)).toHaveLength(1)
  })

  it('[CL-TABS-6, G13] what was written offline is there after a reload, and reaches the node later', async () => {
    const tab = await openTab()
    const id = await insert(tab, 'online')
    await settled(tab)
    await relay.cut()
    await untilStatus(tab, { connection: 'offline' })
    await insert(tab, 'offline')
    await tab.evaluate(id => globalThis.tracker.retitle(id, 'renamed offline'), id)
    await tab.reload()
    await start(tab)
    await untilTitles(tab, ['offline', 'renamed offline'])
    expect(await statusOf(tab)).toMatchObject({ pending: 2 })
    expect(await tab.evaluate(() => globalThis.tracker.listStatus())).toBe('partial')
    await relay.connect()
    await settled(tab)
    const rows = await node.workspace(workspace).list(tasks, { orderBy: 'title' })
    expect(rows.map(row => row.title)).toEqual(['offline', 'renamed offline'])
  })

  it('[CL-SESSION-16] says that the network has gone at once, and takes what was written meanwhile when it is back', async () => {
    const [tab, other] = [await openTab(), await openTab()]
    for (const each of [tab, other]) await untilStatus(each, { connection: 'online' })
    const goneAt = Date.now()
    await browser.context.setOffline(true)
    try {
      for (const each of [tab, other]) await untilStatus(each, { connection: 'offline' })
      // It could not be known by silence.
      expect(Date.now() - goneAt).toBeLessThan(8_000)
      await insert(other, 'on the train')
    } finally {
      await browser.context.setOffline(false)
    }
    for (const each of [tab, other]) await untilStatus(each, { connection: 'online' })
    await Promise.all([tab, other].map(settled))
    expect(await node.workspace(workspace).list(tasks, {})).toMatchObject([{ title: 'on the train' }])
  })

  it('[CL-SESSION-16] goes on with a connection that lives all the same', async () => {
    const tab = await openTab()
    await untilStatus(tab, { connection: 'online' })
    await settled(tab)
    await tab.evaluate(() => window.dispatchEvent(new Event('offline')))
    expect(await statusOf(tab)).toMatchObject({ connection: 'offline' })
    const before = relay.connectionCount
    await insert(tab, 'here')
    await untilStatus(tab, { connection: 'online' })
    await settled(tab)
    expect(relay.connectionCount).toBe(before)
  })

  it('[CL-TABS-6, G13] text typed offline is there after a crash of the tab, and other tabs show it', async () => {
    const tab = await openTab()
    const id = await insert(tab, 'with notes')
    await tab.evaluate(id => globalThis.tracker.type(id, 0, 'hello'), id)
    await settled(tab)
    await relay.cut()
    await untilStatus(tab, { connection: 'offline' })
    await tab.evaluate(id => globalThis.tracker.type(id, 5, ' offline'), id)
    await crashTab(tab)
    const next = await openTab()
    await next.evaluate(id => globalThis.tracker.untilText(id, 'hello offline'), id)
    const other = await openTab()
    await other.evaluate(id => globalThis.tracker.untilText(id, 'hello offline'), id)
    await next.evaluate(id => globalThis.tracker.type(id, 13, ' twice'), id)
    await other.evaluate(id => globalThis.tracker.untilText(id, 'hello offline twice'), id)
    await relay.connect()
    await settled(next)
    const bobs = await openTab()
    await bobs.evaluate(id => globalThis.tracker.untilText(id, 'hello offline twice'), id)
  })

  it('[CL-TABS-7] signing out with discard closes the other tabs and leaves nothing in the browser', async () => {
    const [tab, other] = [await openTab(), await openTab()]
    await insert(tab, 'secret')
    await settled(tab)
    await relay.cut()
    await insert(other, 'unsent')
    await tab.evaluate(() => globalThis.tracker.signOut('discard'))
    await untilStatus(other, { connection: 'closed' })
    const left = await other.evaluate(async workspace => {
      const databases = (await indexedDB.databases()).map(({ name }) => name ?? '')
      return [...databases, ...Object.keys(localStorage)].filter(name => name.includes(workspace))
    }, `"${workspace}"`)
    expect(left).toEqual([])
    await relay.connect()
    const next = await openTab()
    await untilTitles(next, ['secret'])
    expect(await statusOf(next)).toMatchObject({ pending: 0 })
  })
})
