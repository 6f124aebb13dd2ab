import { afterEach, expect, it } from 'vitest'
import { Chromium } from '../../../client/src/testing/browser/Chromium.js'
import { servePage } from '../../../client/src/testing/browser/servePage.js'
import { developmentAccess } from '../cli/developmentAccess.js'
import { openSchema } from '../cli/openSchema.js'
import { noLog } from '../log/Log.js'
import { startNode } from '../startNode.js'
import { MemoryDisk } from '../store/memory/MemoryDisk.js'
import { memory } from '../store/memory/MemoryStore.js'
import { StockClient } from './testing/StockClient.js'
import type { StockPage } from './testing/stockPage.js'

declare const stockPage: StockPage

const ends: (() => unknown)[] = []
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end()
})

async function startedNode(disk: MemoryDisk, port = 0) {
  const options = { ...developmentAccess, store: memory(disk), log: noLog, isDevelopment: true }
  const node = await startNode(openSchema(), options)
  ends.push(() => node.stop())
  const { url } = await node.listen({ port })
  return { node, url, port: Number(new URL(url).port) }
}

it('[S-DOOR-2, S-DOOR-3] stock providers in Chromium converge with each other and with one in Node, over a restart', async () => {
  const disk = new MemoryDisk()
  const first = await startedNode(disk)
  const served = await servePage(new URL('./testing/stockPage.ts', import.meta.url))
  ends.push(() => served.close())
  const chromium = await Chromium.open()
  ends.push(() => chromium.close())
  const tabs = await Promise.all(['alice', 'bob'].map(() => chromium.openTab(served.url)))
  const [alice, bob] = tabs as [(typeof tabs)[0], (typeof tabs)[0]]
  const door = `${first.url.replace('http:', 'ws:')}/yjs`
  await alice.evaluate(url => stockPage.open(url, 'acme/pages/p1', 'alice'), door)
  await bob.evaluate(url => stockPage.open(url, 'acme/pages/p1', 'bob'), door)
  const carol = new StockClient(`${first.url}/yjs`, 'acme/pages/p1', 'carol')
  ends.push(() => carol.destroy())
  carol.provider.awareness.setLocalState({ name: 'carol' })
  await carol.shows('alice', 'bob', 'carol')
  await alice.waitForFunction(() => stockPage.names().join() === 'alice,bob,carol')
  await alice.evaluate(() => stockPage.write('one '))
  await bob.waitForFunction(() => stockPage.read() === 'one ')
  await carol.reads('one ')

  await first.node.stop()
  await bob.waitForFunction(() => !stockPage.isSynced())
  await bob.evaluate(() => stockPage.write('two '))
  await startedNode(disk, first.port)
  await alice.waitForFunction(() => stockPage.read() === 'two one ')
  await carol.reads('two one ')
  expect(await bob.evaluate(() => stockPage.read())).toBe('two one ')
})
