import { createNode, memory } from '@tidemark/server'
import type { Page } from 'playwright'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Chromium, crashTab } from '../testing/browser/Chromium.js'
import { type ServedPage, servePage } from '../testing/browser/servePage.js'
import { Relay } from '../testing/Relay.js'
import { schema, tasks } from '../testing/tracker.js'

let served: ServedPage
let browser: Chromium
let node: Awaited<ReturnType<typeof createNode>>
let relay: Relay
let url: string

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

const start = (page: Page, workspace: string) =>
  page.evaluate(options => globalThis.tracker.start(options), { url, workspace, userId: 'alice' })
const insert = (page: Page, title: string) => page.evaluate(title => globalThis.tracker.insert(title), title)
const untilTitles = (page: Page, titles: readonly string[]) =>
  page.evaluate(titles => globalThis.tracker.untilTitles(titles), titles)
const settled = (page: Page) => page.evaluate(() => globalThis.tracker.settled())

/** A tab of a browser without Web Locks, as every one is that loads a page over plain HTTP from another machine. */
async function openTab(workspace: string): Promise<Page> {
  const page = await browser.context.newPage()
  await page.addInitScript(() => Reflect.deleteProperty(Navigator.prototype, 'locks'))
  await page.goto(served.url)
  await start(page, workspace)
  return page
}

describe('tabs without Web Locks', () => {
  it('[CL-TABS-3, G13] keep their replica and what was written offline over a reload, each its own', async () => {
    const [alice, other] = [await openTab('reload'), await openTab('reload')]
    await insert(alice, 'online')
    await untilTitles(other, ['online'])
    await relay.cut()
    await insert(alice, 'of alice')
    await insert(other, 'of the other')
    await alice.reload()
    await start(alice, 'reload')
    await untilTitles(alice, ['of alice', 'online'])
    await untilTitles(other, ['of the other', 'online'])
    await relay.connect()
    for (const tab of [alice, other]) await untilTitles(tab, ['of alice', 'of the other', 'online'])
    await Promise.all([alice.close(), other.close()])
  })

  it('[CL-TABS-8, CL-TABS-9, G15] what crashed tabs left unsent is sent by the next ones, and nothing is left of the others', async () => {
    const workspace = 'crash'
    const tabs = [
      await openTab(workspace),
      await openTab(workspace),
      await openTab(workspace),
      await openTab(workspace),
    ]
    const [idle, one, two, living] = tabs as [Page, Page, Page, Page]
    await insert(idle, 'before')
    for (const tab of tabs) await untilTitles(tab, ['before'])
    await relay.cut()
    for (const [title, tab] of Object.entries({ one, two, living })) await insert(tab, title)
    for (const tab of [idle, one, two]) await crashTab(tab)
    await relay.connect()
    await settled(living)
    for (const next of [await openTab(workspace), await openTab(workspace)]) await settled(next)
    await untilTitles(living, ['before', 'living', 'one', 'two'])
    const rows = await node.workspace(workspace).list(tasks, { orderBy: 'title' })
    expect(rows.map(row => row.title)).toEqual(['before', 'living', 'one', 'two'])
    const left = await living.evaluate(async workspace => {
      const replicas = async () => (await indexedDB.databases()).filter(({ name }) => name?.includes(workspace)).length
      while ((await replicas()) > 3) await new Promise(resolve => requestIdleCallback(resolve))
      return replicas()
    }, `"${workspace}"`)
    expect(left).toBe(3)
  })
})
