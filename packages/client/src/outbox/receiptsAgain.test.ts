import { topologies } from '@tidemark/server/testing'
import { describe, expect, it } from 'vitest'
import type { Client } from '../Client.js'
import { Browser, mount, nodeStarter, until } from '../testing/stage.js'
import { buyTicket, tasks, tickets } from '../testing/tracker.js'

/** Two edits that became one entry in the storage, of a browser that was closed since. */
async function absorbed(browser: Browser, client: Client, id: string, url: string) {
  client.disconnect()
  const first = client.update(tasks, id, { title: 'one' })
  await first.saved
  const second = client.update(tasks, id, { title: 'two' })
  await second.saved
  await client.close()
  const after = browser.open('alice', url)
  after.disconnect()
  const { items } = await until(after.outbox, ({ items }) => items.length > 0)
  expect(items).toHaveLength(1)
  const receipts = [first, second].map(({ writeId }) => after.outbox.receipt(writeId))
  return { after, receipts }
}

describe.each(topologies)('receipts after a reload at $topology', ({ nodeCount }) => {
  const startNode = nodeStarter(nodeCount)

  it('[CL-OUTBOX-25] of calls that became one entry are all told what became of it [G7]', async () => {
    const node = await startNode()
    const browser = new Browser()
    const before = browser.open('alice', node.url)
    const { id, outcome } = before.insert(tasks, { title: 'zero' })
    await outcome
    const { after, receipts } = await absorbed(browser, before, id, node.url)
    after.connect()
    for (const receipt of receipts) expect(await receipt?.outcome).toMatchObject({ status: 'accepted' })
    expect(await node.workspace('acme').get(tasks, id)).toMatchObject({ title: 'two' })
  })

  it('[CL-OUTBOX-25] acknowledge the one rejection of that entry', async () => {
    const refuse = {
      collections: { tasks: { write: (_user: unknown, { before }: { before: unknown }) => !before || 'no' } },
    }
    const node = await startNode({ access: { workspace: () => 'write', ...refuse } as never })
    const browser = new Browser()
    const before = browser.open('alice', node.url)
    const { id, outcome } = before.insert(tasks, { title: 'zero' })
    await outcome
    const { after, receipts } = await absorbed(browser, before, id, node.url)
    mount(after.rejections)
    after.connect()
    const told = await receipts[1]?.outcome
    await until(after.rejections, ({ items }) => items.length === 1)
    if (told?.status === 'rejected') told.acknowledge()
    expect(after.rejections.getSnapshot().items).toEqual([])
  })

  it('[CL-OUTBOX-26] of calls that were decided say what commands came to, and refusals [G7]', async () => {
    const node = await startNode()
    const ticket = await node.workspace('acme').insert(tickets, { event: 'concert' })
    const browser = new Browser()
    const before = browser.open('alice', node.url)
    const [first, second] = [before.run(buyTicket, { ticket }), before.run(buyTicket, { ticket })]
    const insert = before.insert(tasks, { title: 'zero' })
    await before.settled()
    await before.close()
    const after = browser.open('alice', node.url)
    await until(after.status, ({ connection }) => connection === 'online')
    const again = [first, second, insert].map(({ writeId }) => after.outbox.receipt(writeId))
    expect(await again[0]?.outcome).toEqual({ status: 'accepted', result: { price: 40 } })
    const refused = await again[1]?.outcome
    expect(refused).toMatchObject({ status: 'rejected', code: 'SOLD' })
    expect(again[2]).toBeUndefined()
    if (refused?.status === 'rejected') refused.acknowledge()
    expect(after.rejections.getSnapshot().items).toEqual([])
  })

  it('[CL-OUTBOX-25] take all of that entry back, and say so of each', async () => {
    const node = await startNode()
    const browser = new Browser()
    const before = browser.open('alice', node.url)
    const { id, outcome } = before.insert(tasks, { title: 'zero' })
    await outcome
    const { after, receipts } = await absorbed(browser, before, id, node.url)
    expect(await receipts[1]?.cancel()).toBe(true)
    for (const receipt of receipts) expect(await receipt?.outcome).toEqual({ status: 'cancelled' })
    after.connect()
    await after.settled()
    expect(await node.workspace('acme').get(tasks, id)).toMatchObject({ title: 'zero' })
  })
})
