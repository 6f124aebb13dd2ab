import { command } from '@tidemark/core'
import { topologies } from '@tidemark/server/testing'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { Browser, mount, nodeStarter, openClient, until } from './testing/stage.js'
import { buyTicket, tasks, tickets } from './testing/tracker.js'

const byRank = { orderBy: 'rank' } as const

describe.each(topologies)('a client at $topology', ({ nodeCount }) => {
  const startNode = nodeStarter(nodeCount)

  it('shows a write in the same tick, and without pending once it is accepted', async () => {
    const node = await startNode()
    const alice = openClient('alice', node.url)
    const list = mount(alice.liveList(tasks, {}))
    const receipt = alice.insert(tasks, { title: 'one' })
    expect(list.getSnapshot()).toMatchObject({ status: 'partial', data: [{ title: 'one', $pending: true }] })
    expect(await receipt.outcome).toMatchObject({ status: 'accepted' })
    await alice.settled()
    expect(list.getSnapshot()).toMatchObject({ status: 'complete', data: [{ title: 'one', $pending: false }] })
  })

  it('tells other clients of inserts, updates and removals', async () => {
    const node = await startNode()
    const [alice, bob] = [openClient('alice', node.url), openClient('bob', node.url)]
    const list = bob.liveList(tasks, byRank)
    await until(list, ({ status }) => status === 'complete')
    const { id } = alice.insert(tasks, { title: 'one', rank: 'a', labels: ['x'] })
    await until(list, ({ data }) => data.length === 1)
    alice.update(tasks, id, { status: 'doing', votes: { increment: 2 }, labels: { add: ['y'], remove: ['x'] } })
    const { data } = await until(list, ({ data }) => data[0]?.status === 'doing')
    expect(data[0]).toMatchObject({ votes: 2, labels: ['y'], $createdBy: 'alice' })
    alice.remove(tasks, id)
    await until(list, ({ data }) => data.length === 0)
  })

  it('keeps the identity of rows that a change leaves as they are', async () => {
    const node = await startNode()
    const alice = openClient('alice', node.url)
    const list = mount(alice.liveList(tasks, byRank))
    alice.insert(tasks, { title: 'one', rank: 'a' })
    const { id } = alice.insert(tasks, { title: 'two', rank: 'b' })
    await alice.settled()
    const [one, two] = list.getSnapshot().data
    await alice.update(tasks, id, { title: '2' }).outcome
    await alice.settled()
    expect(list.getSnapshot().data[0]).toBe(one)
    expect(list.getSnapshot().data[1]).not.toBe(two)
    expect(list.getSnapshot()).toBe(list.getSnapshot())
  })

  it('sends what was written offline once it is online, in the order of the calls [G6]', async () => {
    const node = await startNode()
    const alice = openClient('alice', node.url)
    alice.disconnect()
    const { id } = alice.insert(tasks, { title: 'offline' })
    alice.update(tasks, id, { votes: { increment: 1 } })
    alice.update(tasks, id, { votes: { increment: 2 } })
    const last = alice.update(tasks, id, { title: 'later' })
    await last.saved
    expect(alice.status.getSnapshot()).toMatchObject({ connection: 'offline' })
    alice.connect()
    expect(await last.outcome).toMatchObject({ status: 'accepted' })
    expect(await node.workspace('acme').get(tasks, id)).toMatchObject({ title: 'later', votes: 3 })
  })

  it('has everything again after a reload, and sends what was left [G13] [G15]', async () => {
    const node = await startNode()
    const browser = new Browser()
    const before = browser.open('alice', node.url)
    mount(before.liveList(tasks, byRank))
    const { id } = before.insert(tasks, { title: 'kept', rank: 'a' })
    await before.settled()
    before.disconnect()
    const lost = before.update(tasks, id, { title: 'unsent' })
    await lost.saved
    await before.close()

    const after = browser.open('alice', node.url)
    after.disconnect()
    const list = after.liveList(tasks, byRank)
    const cached = await until(list, ({ data }) => data.length === 1)
    expect(cached).toMatchObject({
      status: 'partial',
      freshness: 'cached',
      data: [{ title: 'unsent', $pending: true }],
    })
    const receipt = after.outbox.receipt(lost.writeId)
    after.connect()
    expect(await receipt?.outcome).toMatchObject({ status: 'accepted' })
    expect(await node.workspace('acme').get(tasks, id)).toMatchObject({ title: 'unsent' })
  })

  it('learns on return exactly what it missed', async () => {
    const node = await startNode()
    const browser = new Browser()
    const acme = node.workspace('acme')
    const ids: string[] = []
    for (const rank of ['a', 'b', 'c', 'd']) ids.push(await acme.insert(tasks, { title: rank, rank }))
    const before = browser.open('alice', node.url)
    mount(before.liveList(tasks, byRank))
    await before.settled()
    await before.close()
    await acme.update(tasks, ids[1] as string, { title: 'B' })
    await acme.remove(tasks, ids[2] as string)
    await acme.insert(tasks, { title: 'e', rank: 'e' })
    const after = browser.open('alice', node.url)
    const list = after.liveList(tasks, byRank)
    const { data } = await until(list, ({ status }) => status === 'complete')
    expect(data.map(({ title }) => title)).toEqual(['a', 'B', 'd', 'e'])
  })

  it('keeps an ordered, limited list true, and loads more of it [G14]', async () => {
    const node = await startNode()
    const acme = node.workspace('acme')
    const ids: string[] = []
    for (let index = 0; index < 40; index++) {
      ids.push(await acme.insert(tasks, { title: `t${index}`, rank: String(index).padStart(3, '0') }))
    }
    const alice = openClient('alice', node.url)
    const list = alice.liveList(tasks, { orderBy: 'rank', limit: 10 })
    const first = await until(list, ({ status }) => status === 'complete')
    expect(first.data.map(({ title }) => title)).toEqual(Array.from({ length: 10 }, (_, index) => `t${index}`))
    expect(first.hasMore).toBe(true)
    for (const id of ids.slice(0, 8)) await acme.remove(tasks, id)
    await until(list, ({ status, data }) => status === 'complete' && data[9]?.title === 't17')
    list.getSnapshot().loadMore(100)
    const all = await until(
      list,
      ({ status, loadingMore, data }) => status === 'complete' && !loadingMore && data.length === 32,
    )
    expect(all.hasMore).toBe(false)
  })

  it('shows a missing record with its reason, and a removed one as deleted', async () => {
    const node = await startNode()
    const alice = openClient('alice', node.url)
    const nobody = await until(alice.liveRecord(tasks, 'nobody'), ({ status }) => status !== 'loading')
    expect(nobody).toMatchObject({ status: 'missing', reason: 'not-found' })
    const id = await node.workspace('acme').insert(tasks, { title: 'one' })
    const record = alice.liveRecord(tasks, id)
    await until(record, ({ status }) => status === 'ready')
    await node.workspace('acme').remove(tasks, id)
    const gone = await until(record, ({ status }) => status !== 'ready')
    expect(gone).toMatchObject({ status: 'missing', reason: 'deleted' })
  })

  it('previews a command, and takes the preview back in the repaint that brings the rejection', async () => {
    const node = await startNode()
    const id = await node.workspace('acme').insert(tickets, { event: 'concert', owner: null })
    const [alice, bob] = [openClient('alice', node.url), openClient('bob', node.url)]
    for (const client of [alice, bob]) await until(client.liveRecord(tickets, id), ({ status }) => status === 'ready')
    bob.disconnect()
    const seen: (string | null | undefined)[] = []
    const record = mount(bob.liveRecord(tickets, id))
    const late = bob.run(buyTicket, { ticket: id })
    expect(record.getSnapshot().data?.owner).toBe('bob')
    expect(await alice.run(buyTicket, { ticket: id }).outcome).toEqual({ status: 'accepted', result: { price: 40 } })
    record.subscribe(() => seen.push(record.getSnapshot().data?.owner))
    bob.connect()
    expect(await late.outcome).toMatchObject({ status: 'rejected', code: 'SOLD', details: { owner: 'alice' } })
    expect(seen.at(-1)).toBe('alice')
    expect(seen.filter(owner => owner === null)).toEqual([])
    expect(bob.rejections.getSnapshot().items).toMatchObject([
      { kind: 'command', command: 'tickets.buy', code: 'SOLD' },
    ])
    bob.rejections.getSnapshot().acknowledge(late.writeId)
    expect(bob.rejections.getSnapshot().items).toEqual([])
  })

  it('[CL-REPLICA-21] previews what a command inserts, under the ids that it will have, without a repaint in between', async () => {
    const addTwo = command('tasks.addTwo', {
      input: z.object({ title: z.string() }),
      run: (tx, { title }) => ['one', 'two'].map(which => tx.insert(tasks, { title: `${title} ${which}` })),
    })
    const node = await startNode({ commands: [addTwo] })
    const alice = openClient('alice', node.url, { commands: [addTwo] })
    const list = mount(alice.liveList(tasks, { orderBy: 'title' }))
    await until(list, ({ status }) => status === 'complete')
    const seen: string[][] = []
    list.subscribe(() => seen.push(list.getSnapshot().data.map(row => `${row.title}${row.$pending ? '?' : ''}`)))
    const receipt = alice.run(addTwo, { title: 'task' })
    const ids = list.getSnapshot().data.map(row => row.id)
    expect(await receipt.outcome).toEqual({ status: 'accepted', result: ids })
    await alice.settled()
    expect(seen).toEqual([
      ['task one?', 'task two?'],
      ['task one', 'task two'],
    ])
  })

  it('says what to do if a batch reads what the replica does not have', async () => {
    const node = await startNode()
    const id = await node.workspace('acme').insert(tasks, { title: 'one' })
    const alice = openClient('alice', node.url)
    const reading = () => alice.batch(tx => tx.update(tasks, id, { title: `${tx.get(tasks, id)?.title} more` }))
    expect(reading).toThrow(`the replica has, and it has not tasks ${id}: show or get it first`)
    await until(mount(alice.liveRecord(tasks, id)), ({ status }) => status === 'ready')
    expect(await reading().outcome).toMatchObject({ status: 'accepted' })
    expect(await node.workspace('acme').get(tasks, id)).toMatchObject({ title: 'one more' })
  })

  it('puts a refused write into the inbox with its content, and the row shows the truth [G15]', async () => {
    const node = await startNode({
      access: { workspace: () => 'write', collections: { tasks: { write: () => 'not today' } } },
    })
    const id = await node.workspace('acme').insert(tasks, { title: 'theirs' })
    const alice = openClient('alice', node.url)
    const record = alice.liveRecord(tasks, id)
    await until(record, ({ status }) => status === 'ready')
    const receipt = alice.update(tasks, id, { title: 'mine' })
    expect(await receipt.outcome).toMatchObject({ status: 'rejected', code: 'DENIED', message: 'not today' })
    expect(record.getSnapshot()).toMatchObject({ pending: false, data: { title: 'theirs' } })
    expect(alice.rejections.getSnapshot().items).toMatchObject([
      { kind: 'write', op: 'update', patch: { title: 'mine' }, id },
    ])
  })

  it('cancels what is not sent', async () => {
    const node = await startNode()
    const alice = openClient('alice', node.url)
    alice.disconnect()
    const list = mount(alice.liveList(tasks, {}))
    const first = alice.insert(tasks, { title: 'one' })
    await first.saved
    const second = alice.insert(tasks, { title: 'two' })
    expect(await first.cancel()).toBe(true)
    expect(await first.outcome).toEqual({ status: 'cancelled' })
    expect(list.getSnapshot().data).toMatchObject([{ title: 'two' }])
    alice.connect()
    expect(await second.outcome).toMatchObject({ status: 'accepted' })
    await alice.settled()
    expect(await node.workspace('acme').list(tasks, {})).toMatchObject([{ title: 'two' }])
  })

  it('writes a batch whole or not at all', async () => {
    const node = await startNode()
    const alice = openClient('alice', node.url)
    const list = mount(alice.liveList(tasks, byRank))
    const receipt = alice.batch(tx => {
      const id = tx.insert(tasks, { title: 'one', rank: 'a' })
      tx.update(tasks, id, { title: 'ONE' })
      tx.insert(tasks, { title: 'two', rank: 'b' })
    })
    expect(list.getSnapshot().data).toMatchObject([{ title: 'ONE' }, { title: 'two' }])
    expect(await receipt.outcome).toMatchObject({ status: 'accepted' })
    await alice.settled()
    expect(list.getSnapshot().data).toMatchObject([{ title: 'ONE' }, { title: 'two' }])
  })

  it('counts on the node, and the outbox on top', async () => {
    const node = await startNode()
    const acme = node.workspace('acme')
    for (const title of ['a', 'b']) await acme.insert(tasks, { title })
    const alice = openClient('alice', node.url)
    const count = alice.liveCount(tasks, { status: 'todo' })
    await until(count, ({ status, data }) => status === 'complete' && data === 2)
    alice.insert(tasks, { title: 'c' })
    expect(count.getSnapshot().data).toBe(3)
    await alice.settled()
    expect(count.getSnapshot().data).toBe(3)
    await acme.insert(tasks, { title: 'd', status: 'done' })
    await acme.insert(tasks, { title: 'e' })
    await until(count, ({ data }) => data === 4)
  })

  it('tells a listener every change once and in order, with before and after [G7]', async () => {
    const node = await startNode()
    const acme = node.workspace('acme')
    const alice = openClient('alice', node.url)
    const told: unknown[] = []
    alice.changes(tasks.list({ where: { status: 'todo' } })).subscribe(change => told.push(change))
    await alice.settled()
    const id = await acme.insert(tasks, { title: 'one' })
    await acme.update(tasks, id, { title: 'two' })
    await acme.update(tasks, id, { status: 'done' })
    await acme.update(tasks, id, { status: 'todo' })
    await acme.remove(tasks, id)
    const last = alice.insert(tasks, { title: 'end' })
    await last.outcome
    expect(told).toMatchObject([
      { kind: 'insert', id, after: { title: 'one' } },
      { kind: 'update', id, before: { title: 'one' }, after: { title: 'two' }, fields: ['title'] },
      { kind: 'leave', id, before: { title: 'two', status: 'todo' } },
      { kind: 'enter', id, after: { status: 'todo' } },
      { kind: 'remove', id, before: { status: 'todo' } },
      { kind: 'insert', id: last.id, by: 'alice' },
    ])
  })

  it('asks for a token again when the node refuses it, and stays usable', async () => {
    const node = await startNode()
    const tokens: (string | null)[] = [null]
    const alice = openClient('alice', node.url, { auth: () => (tokens.length > 0 ? (tokens.pop() ?? null) : 'alice') })
    const list = mount(alice.liveList(tasks, {}))
    await until(alice.status, ({ connection }) => connection === 'needs-auth')
    alice.insert(tasks, { title: 'meanwhile' })
    expect(list.getSnapshot().data).toMatchObject([{ title: 'meanwhile' }])
    alice.connect()
    await alice.settled()
    expect(await node.workspace('acme').list(tasks, {})).toMatchObject([{ title: 'meanwhile' }])
  })

  it('refuses to be another user than its token says', async () => {
    const node = await startNode()
    const alice = openClient('alice', node.url, { auth: () => 'bob' })
    alice.connect()
    await until(alice.status, ({ connection }) => connection === 'closed')
  })

  it('reads once: what is here, or what the node says', async () => {
    const node = await startNode()
    const id = await node.workspace('acme').insert(tasks, { title: 'one' })
    const alice = openClient('alice', node.url)
    expect(await alice.get(tasks, id)).toMatchObject({ title: 'one' })
    expect(await alice.list(tasks, { where: { title: 'one' } })).toMatchObject([{ id }])
    expect(await alice.get(tasks, 'nobody', { until: 'server' })).toBeUndefined()
  })

  it('[CL-LIST-9] a list that was never asked for is read from the node, though some of it is here', async () => {
    const node = await startNode()
    for (const title of ['a', 'b', 'c']) await node.workspace('acme').insert(tasks, { title })
    const alice = openClient('alice', node.url)
    await until(mount(alice.liveList(tasks, { where: { title: 'a' } })), ({ status }) => status === 'complete')
    expect(await alice.list(tasks, { orderBy: 'title' }, { until: 'local' })).toMatchObject([{ title: 'a' }])
    expect(await alice.list(tasks, { orderBy: '-title' })).toMatchObject([
      { title: 'c' },
      { title: 'b' },
      { title: 'a' },
    ])
    alice.disconnect()
    expect(await alice.list(tasks, { where: { title: { lt: 'b' } } })).toMatchObject([{ title: 'a' }])
  })

  it('[CL-LIST-10] an id or a query that cannot be is an error to look at, and refuses to be read', async () => {
    const alice = openClient('alice', (await startNode()).url)
    expect(alice.liveRecord(tasks, '').getSnapshot()).toMatchObject({ status: 'error', error: { code: 'INVALID' } })
    await expect(alice.get(tasks, '')).rejects.toMatchObject({ code: 'INVALID' })
    const query = { limit: 0 }
    expect(alice.liveList(tasks, query).getSnapshot()).toMatchObject({ status: 'error', error: { code: 'INVALID' } })
    await expect(alice.list(tasks, query)).rejects.toMatchObject({ code: 'INVALID' })
  })

  it('leaves nothing of a user who signs out with discard', async () => {
    const node = await startNode()
    const browser = new Browser()
    const alice = browser.open('alice', node.url)
    const list = mount(alice.liveList(tasks, {}))
    await alice.insert(tasks, { title: 'secret' }).outcome
    alice.disconnect()
    const unsent = alice.insert(tasks, { title: 'unsent' })
    await unsent.saved
    await alice.signOut({ unsent: 'discard' })
    expect(await unsent.outcome).toEqual({ status: 'cancelled' })
    expect(browser.memory.rows.size + browser.memory.outbox.size).toBe(0)
    expect(browser.memory.meta).toBeNull()
    expect(list.getSnapshot()).toMatchObject({ status: 'unavailable', data: [] })
    expect(alice.outbox.getSnapshot().items).toEqual([])
  })
})
