import { topologies } from '@tidemark/server/testing'
import { describe, expect, it } from 'vitest'
import * as Y from 'yjs'
import type { StoredBody } from '../storage/ReplicaStorage.js'
import { Browser, mount, nodeStarter, until } from '../testing/stage.js'
import { buyTicket, tasks, tickets } from '../testing/tracker.js'

const byRank = { orderBy: 'rank' } as const

describe.each(topologies)('tabs of one browser at $topology', ({ nodeCount }) => {
  const startNode = nodeStarter(nodeCount)

  it('[CL-TABS-10] show what any of them wrote, in one order, and the node has each once [G6] [G7]', async () => {
    const node = await startNode()
    const browser = new Browser({ hasTabs: true })
    const [one, two] = [browser.open('alice', node.url), browser.open('alice', node.url)]
    const lists = [mount(one.liveList(tasks, byRank)), mount(two.liveList(tasks, byRank))]
    await until(one.status, ({ leader, connection }) => leader && connection === 'online')
    await until(two.status, ({ leader, connection }) => !leader && connection === 'online')
    const receipts = []
    for (let index = 0; index < 10; index++) {
      receipts.push(one.insert(tasks, { title: `one ${index}`, rank: `a${index}` }))
      receipts.push(two.insert(tasks, { title: `two ${index}`, rank: `b${index}` }))
    }
    for (const receipt of receipts) expect(await receipt.outcome).toMatchObject({ status: 'accepted' })
    await Promise.all([one.settled(), two.settled()])
    const [first, second] = lists.map(list => list.getSnapshot())
    expect(first?.data).toHaveLength(20)
    expect(second).toMatchObject({ status: 'complete', freshness: 'live' })
    expect(second?.data).toEqual(first?.data)
    expect(await node.workspace('acme').list(tasks, {})).toHaveLength(20)
  })

  it('[CL-TABS-11] a pending write of one tab shows in the others', async () => {
    const node = await startNode()
    const browser = new Browser({ hasTabs: true })
    const [one, two] = [browser.open('alice', node.url), browser.open('alice', node.url)]
    const list = two.liveList(tasks, byRank)
    await until(list, ({ status }) => status === 'complete')
    two.disconnect()
    await until(one.status, ({ connection }) => connection === 'offline')
    one.insert(tasks, { title: 'from one', rank: 'a' })
    const shown = await until(list, ({ data }) => data.length === 1)
    expect(shown.data[0]).toMatchObject({ title: 'from one', $pending: true })
  })

  it('[CL-TABS-20] every tab knows the node that one of them is connected to, by the name that people gave it', async () => {
    const node = await startNode({ name: 'blue' })
    const browser = new Browser({ hasTabs: true })
    const [one, two] = [browser.open('alice', node.url), browser.open('alice', node.url)]
    await until(one.status, ({ leader, node }) => leader && node === 'blue')
    await until(two.status, ({ leader, node }) => !leader && node === 'blue')
    one.disconnect()
    await until(two.status, ({ node }) => node === null)
  })

  it('[CL-TABS-15] what one tab takes back is taken back at once for the tab that wrote it', async () => {
    const node = await startNode()
    const browser = new Browser({ hasTabs: true })
    const [one, two] = [browser.open('alice', node.url), browser.open('alice', node.url)]
    const list = mount(one.liveList(tasks, byRank))
    await until(list, ({ status }) => status === 'complete')
    one.disconnect()
    const receipt = one.insert(tasks, { title: 'hasty' })
    await until(two.outbox, ({ items }) => items.length === 1)
    expect(await two.outbox.receipt(receipt.writeId)?.cancel()).toBe(true)
    expect(await receipt.outcome).toEqual({ status: 'cancelled' })
    expect(list.getSnapshot().data).toEqual([])
  })

  it('[CL-TABS-7] what one tab signs out of is shown in no other', async () => {
    const node = await startNode()
    const browser = new Browser({ hasTabs: true })
    const [one, two] = [browser.open('alice', node.url), browser.open('alice', node.url)]
    const list = mount(two.liveList(tasks, byRank))
    await one.insert(tasks, { title: 'secret' }).outcome
    await until(list, ({ data }) => data.length === 1)
    await one.signOut({ unsent: 'discard' })
    await until(list, ({ data }) => data.length === 0)
    expect(two.status.getSnapshot().connection).toBe('closed')
  })

  it('[CL-TABS-12] the next tab takes over from the storage when the leader closes, and nothing is lost [G15]', async () => {
    const node = await startNode()
    const browser = new Browser({ hasTabs: true })
    const [one, two] = [browser.open('alice', node.url), browser.open('alice', node.url)]
    mount(one.liveList(tasks, byRank))
    const list = two.liveList(tasks, byRank)
    await until(list, ({ status }) => status === 'complete')
    const first = one.insert(tasks, { title: 'first', rank: 'a' })
    await first.saved
    const second = two.insert(tasks, { title: 'second', rank: 'b' })
    await one.close()
    await until(two.status, ({ leader, connection }) => leader && connection === 'online')
    expect(await second.outcome).toMatchObject({ status: 'accepted' })
    await two.settled()
    expect(list.getSnapshot().data).toMatchObject([{ title: 'first' }, { title: 'second' }])
    expect(await node.workspace('acme').list(tasks, byRank)).toMatchObject([{ title: 'first' }, { title: 'second' }])
  })

  it('[CL-TABS-16] the next tab shows of an open text what the leader stored and did not live to tell [G5]', async () => {
    const node = await startNode()
    const browser = new Browser({ hasTabs: true })
    const [one, two] = [browser.open('alice', node.url), browser.open('alice', node.url)]
    const { id } = one.insert(tasks, { title: 'first', rank: 'a' })
    const shown = two.text(tasks, id, 'notes')
    mount(shown)
    const { text } = await until(shown, ({ status }) => status === 'ready')
    text?.insert(0, 'known')
    await two.settled()
    const doc = new Y.Doc()
    const stored = browser.memory.bodies.get(`tasks/${id}`) as StoredBody
    Y.applyUpdate(doc, stored.state)
    doc.getText('notes').insert(5, ' untold')
    browser.memory.bodies.set(`tasks/${id}`, { ...stored, state: Y.encodeStateAsUpdate(doc) })
    await one.close()
    await until(two.status, ({ leader }) => leader)
    expect(shown.getSnapshot().text?.toString()).toBe('known untold')
  })

  it('[CL-TABS-13] a rejection reaches the tab that made the call, and the inbox of all', async () => {
    const node = await startNode()
    const id = await node.workspace('acme').insert(tickets, { event: 'concert', owner: 'bob' })
    const browser = new Browser({ hasTabs: true })
    const [one, two] = [browser.open('alice', node.url), browser.open('alice', node.url)]
    await until(one.status, ({ connection }) => connection === 'online')
    mount(two.status)
    const receipt = two.run(buyTicket, { ticket: id })
    expect(await receipt.outcome).toMatchObject({ status: 'rejected', code: 'SOLD' })
    await until(one.rejections, ({ items }) => items.length === 1)
    await until(two.rejections, ({ items }) => items.length === 1)
    two.rejections.getSnapshot().acknowledge(receipt.writeId)
    await until(one.rejections, ({ items }) => items.length === 0)
  })

  it('[CL-TABS-14] what only a closed tab wanted is no longer watched', async () => {
    const node = await startNode()
    const browser = new Browser({ hasTabs: true })
    const [one, two] = [browser.open('alice', node.url), browser.open('alice', node.url)]
    await until(one.status, ({ leader }) => leader)
    await until(two.liveList(tasks, byRank), ({ status }) => status === 'complete')
    await two.close()
    await node.workspace('acme').insert(tasks, { title: 'unseen' })
    await one.insert(tickets, { event: 'x' }).outcome
    expect([...browser.memory.rows.keys()].filter(key => key.startsWith('tasks/'))).toEqual([])
  })
})
