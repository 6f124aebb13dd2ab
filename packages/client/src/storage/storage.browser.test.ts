import type { Page } from 'playwright'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Chromium, crashTab } from '../testing/browser/Chromium.js'
import { type ServedPage, servePage } from '../testing/browser/servePage.js'
import { seededRandom } from '../testing/seededRandom.js'
import { PageStorage } from './testing/PageStorage.js'
import { batchOf, rowOf, updateOf } from './testing/samples.js'
import { storageContract } from './testing/storageContract.js'

let served: ServedPage
let browser: Chromium
let places = 0

beforeAll(async () => {
  served = await servePage(new URL('./testing/storagePage.ts', import.meta.url))
  browser = await Chromium.open()
})
afterAll(async () => {
  await browser?.close()
  await served?.close()
})

const openPage = (url = served.url): Promise<Page> => browser.openTab(url)

let contractPage: Promise<Page> | undefined
storageContract('IndexedDbStorage in Chromium', async () => {
  contractPage ??= openPage()
  const page = await contractPage
  const name = `place ${++places}`
  return { open: () => new PageStorage(page, name) }
})

/** Has a page write for ever, and ends it by `kill` once it has reported `reports` rounds; answers what was reported last. */
async function writeUntilKilled(within: Chromium, name: string, reports: number, kill: (page: Page) => Promise<void>) {
  const page = await within.openTab(served.url)
  const reported = { batch: 0, entries: 0 }
  let left = reports
  await new Promise<void>((resolve, reject) => {
    page
      .exposeFunction('wrote', (kind: 'batch' | 'entries', round: number) => {
        reported[kind] = round
        if (--left === 0) kill(page).then(resolve, reject)
      })
      .then(() => page.evaluate(name => globalThis.storagePage.writeForEver(name), name))
      // It ends with the page.
      .catch(() => undefined)
  })
  return reported
}

async function expectWhole(
  within: Chromium,
  name: string,
  reported: { batch: number; entries: number },
): Promise<void> {
  const page = await within.openTab(served.url)
  const storage = new PageStorage(page, name)
  const { meta, outbox, subscriptions } = await storage.open()
  const round = meta.version
  expect(round).toBeGreaterThanOrEqual(reported.batch)
  expect(meta).toMatchObject({ live: { serial: 1, cursor: round }, extra: { round } })
  expect(subscriptions).toMatchObject([{ cursor: round }])
  const titles = new Map((await storage.rows({ views: ['v1'] })).rows.map(row => [row.id, row.values.title]))
  for (const id of ['a', `b${round % 7}`, `c${round % 50}`]) expect(titles.get(id)).toBe(`${round}`)
  expect((await storage.body({ collection: 'tasks', id: 'a' }))!.state).toEqual(new Uint8Array(2_000).fill(round % 256))
  expect(outbox.length).toBeGreaterThanOrEqual(reported.entries * 3)
  expect(outbox.length % 3).toBe(0)
  expect(outbox.map(entry => entry.number)).toEqual(outbox.map((_, i) => i + 1))
  expect(meta.lastNumber).toBe(outbox.length)
  await storage.close()
  await page.close()
}

describe('IndexedDbStorage in Chromium', () => {
  const random = seededRandom(4)
  const someReports = () => 5 + Math.floor(random.fraction() * 60)

  it('[G13, CL-STORE-17] what was reported as stored survives a crashed tab, and no batch is there in part', async () => {
    for (let i = 0; i < 4; i++) {
      const reported = await writeUntilKilled(browser, 'crashed', someReports(), crashTab)
      await expectWhole(browser, 'crashed', reported)
    }
  })

  // A profile each: where a kill leaves half a record, LevelDB goes on behind it, and Chromium, which finds that when it
  // opens the database for the second time, deletes all of it (google/leveldb#1287).
  it('[G13, CL-STORE-17] what was reported as stored survives a killed browser, and no batch is there in part', async () => {
    for (let i = 0; i < 3; i++) {
      const killed = await Chromium.open()
      const reported = await writeUntilKilled(killed, 'killed', someReports(), () => killed.kill())
      const opened = await Chromium.open(killed.profile)
      await expectWhole(opened, 'killed', reported)
      await opened.close()
    }
  })

  it('[CL-STORE-18] without space a write is refused with what to do, and what was there stays', async () => {
    // An origin of its own: nothing else counts against its quota.
    const url = served.url.replace('localhost', '127.0.0.1')
    const page = await openPage(url)
    const devtools = await page.context().newCDPSession(page)
    const { origin } = new URL(url)
    await devtools.send('Storage.overrideQuotaForOrigin', { origin, quotaSize: 3_000_000 })
    const storage = new PageStorage(page, 'full')
    await storage.open()
    await storage.apply(batchOf(1, { rows: [rowOf('a', ['v1'])] }))
    await storage.enqueue([{ entry: updateOf('one') }])
    // Nothing that Chromium could compress.
    const noise = Buffer.from(seededRandom(1).bytes(4_000_000)).toString('base64')
    const large = rowOf('large', ['v1'], noise)
    await expect(storage.apply(batchOf(2, { rows: [rowOf('a', ['v1'], 'new'), large] }))).rejects.toMatchObject({
      code: 'STORAGE_FULL',
    })
    expect(await storage.rows({ views: ['v1'] })).toEqual({ version: 1, rows: [rowOf('a', ['v1'])] })
    expect((await storage.open()).outbox).toHaveLength(1)
    await storage.apply(batchOf(2, { rows: [rowOf('a', ['v1'], 'new')] }))
    await devtools.send('Storage.overrideQuotaForOrigin', { origin })
    await page.close()
  })

  it('[CL-STORE-10] a tab in another page hears that the replica was destroyed', async () => {
    const [page, other] = await Promise.all([openPage(), openPage()])
    const [storage, others] = [new PageStorage(page, 'shared'), new PageStorage(other, 'shared')]
    await Promise.all([storage.open(), others.open()])
    await storage.destroy()
    await expect(others.enqueue([{ entry: updateOf('one') }])).rejects.toMatchObject({ code: 'CLOSED' })
    const left = await page.evaluate(async () => (await indexedDB.databases()).map(({ name }) => name))
    expect(left).not.toContain('shared')
    await Promise.all([page.close(), other.close()])
  })

  it('[CL-STORE-4, G7] tabs in separate pages never share a number', async () => {
    const pages = await Promise.all([openPage(), openPage(), openPage()])
    const tabs = pages.map(page => new PageStorage(page, 'numbers'))
    await Promise.all(tabs.map(tab => tab.open()))
    const calls = Array.from({ length: 60 }, (_, i) => tabs[i % 3]!.enqueue([{ entry: updateOf(`${i}`) }]))
    const numbers = (await Promise.all(calls)).flat().map(entry => entry.number)
    expect(numbers.sort((a, b) => a - b)).toEqual(Array.from({ length: 60 }, (_, i) => i + 1))
    await Promise.all(pages.map(page => page.close()))
  })

  it('[P6, CL-STORE-19] ten thousand rows are read in a few hundred pieces', async () => {
    const page = await openPage()
    const asked = await page.evaluate(() => globalThis.storagePage.countReads('many'))
    expect(asked).toBeGreaterThan(0)
    expect(asked).toBeLessThan(500)
    await page.close()
  })
})
