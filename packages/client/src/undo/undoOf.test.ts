import { collection, counter, defineSchema } from '@tidemark/core'
import { topologies } from '@tidemark/server/testing'
import { describe, expect, it } from 'vitest'
import type * as Y from 'yjs'
import { z } from 'zod'
import type { Client } from '../Client.js'
import { ManualClock } from '../testing/ManualClock.js'
import { mount, nodeStarter, openClient, startNode, until } from '../testing/stage.js'
import { pages, tasks } from '../testing/tracker.js'
import { undoOf } from './undoOf.js'

const t1 = tasks.record('t1')

/** A client with the record open, that records what it does. */
async function sitDown(userId: string, url: string, options: Parameters<typeof openClient>[2] = {}) {
  const client = openClient(userId, url, options)
  const task = mount(client.liveRecord(tasks, 't1'))
  const undo = mount(undoOf(client))
  await until(task, ({ status, freshness }) => status === 'ready' && freshness === 'live')
  return { client, task, undo, row: () => task.getSnapshot().data }
}

const flagsOf = (store: ReturnType<typeof undoOf>) => {
  const { canUndo, canRedo } = store.getSnapshot()
  return { canUndo, canRedo }
}

async function textOf(client: Client) {
  const { text } = await until(client.text(tasks, 't1', 'notes'), ({ status }) => status === 'ready')
  return text as Y.Text
}

const untilText = (text: Y.Text, expected: string) => expect.poll(() => text.toString()).toBe(expected)

describe.each(topologies)('undo at $topology', ({ nodeCount }) => {
  const startNode = nodeStarter(nodeCount)

  it('[CL-UNDO-4] takes an update back by an ordinary write that others see, and makes it again', async () => {
    const node = await startNode()
    await node.workspace('acme').insert(tasks, { id: 't1', title: 'one', labels: ['a'] })
    const [alice, bob] = [await sitDown('alice', node.url), await sitDown('bob', node.url)]
    alice.client.update(tasks, 't1', { title: 'two', votes: { increment: 2 }, labels: { add: ['b'] } })
    await until(bob.task, ({ data }) => data?.votes === 2)
    bob.client.update(tasks, 't1', { votes: { increment: 1 }, labels: { add: ['c'] } })
    await until(alice.task, ({ data }) => data?.votes === 3)
    alice.undo.getSnapshot().undo()
    expect(alice.task.getSnapshot()).toMatchObject({ pending: true })
    expect(alice.row()).toMatchObject({ title: 'one', votes: 1, labels: ['a', 'c'] })
    await until(bob.task, ({ data }) => data?.votes === 1)
    expect(bob.row()).toMatchObject({ title: 'one', votes: 1, labels: ['a', 'c'] })
    alice.undo.getSnapshot().redo()
    await until(bob.task, ({ data }) => data?.title === 'two')
    expect(bob.row()).toMatchObject({ title: 'two', votes: 3, labels: ['a', 'b', 'c'] })
    expect(flagsOf(bob.undo)).toEqual({ canUndo: true, canRedo: false })
  })

  it('[CL-UNDO-10] takes back what was typed here, and leaves what others typed', async () => {
    const node = await startNode()
    await node.workspace('acme').insert(tasks, { id: 't1', title: 'one', notes: 'start' })
    const [alice, bob] = [await sitDown('alice', node.url), await sitDown('bob', node.url)]
    const [mine, theirs] = [await textOf(alice.client), await textOf(bob.client)]
    mine.doc?.transact(() => mine.insert(5, ' mine'), 'an editor')
    await untilText(theirs, 'start mine')
    theirs.insert(0, 'theirs ')
    await untilText(mine, 'theirs start mine')
    alice.undo.getSnapshot().undo()
    expect(mine.toString()).toBe('theirs start')
    expect(flagsOf(alice.undo)).toEqual({ canUndo: false, canRedo: true })
    await untilText(theirs, 'theirs start')
    alice.undo.getSnapshot().redo()
    await untilText(theirs, 'theirs start mine')
    bob.undo.getSnapshot().undo()
    await untilText(mine, 'start mine')
  })
})

describe('undo', () => {
  it('[CL-UNDO-11] records nothing before its first subscription, and then what bodies that are open are given', async () => {
    const node = await startNode()
    await node.workspace('acme').insert(tasks, { id: 't1', title: 'one' })
    const client = openClient('alice', node.url)
    await client.get(tasks, 't1')
    const text = await textOf(client)
    client.update(tasks, 't1', { title: 'two' })
    text.insert(0, 'unrecorded')
    const undo = undoOf(client)
    expect(undoOf(client)).toBe(undo)
    expect(undoOf(client, t1)).toBe(undoOf(client, tasks.record('t1')))
    mount(undo)
    expect(flagsOf(undo)).toEqual({ canUndo: false, canRedo: false })
    text.insert(0, 'recorded, ')
    for (let undone = 0; undone < 2; undone++) undo.getSnapshot().undo()
    expect(text.toString()).toBe('unrecorded')
  })

  it('[CL-UNDO-1] covers the update of an upsert; no insertion, removal, batch or command, and nothing from elsewhere', async () => {
    const node = await startNode()
    const acme = node.workspace('acme')
    await acme.insert(tasks, { id: 't1', title: 'one', votes: 4 })
    const { client, task, undo, row } = await sitDown('alice', node.url)
    client.upsert(tasks, 't2', { title: 'new' })
    client.insert(tasks, { title: 'newer' })
    client.batch(tx => tx.update(tasks, 't1', { rank: 'z' }))
    client.remove(tasks, 't2')
    await acme.update(tasks, 't1', { status: 'doing' })
    await until(task, ({ data }) => data?.status === 'doing')
    expect(flagsOf(undo)).toEqual({ canUndo: false, canRedo: false })
    client.upsert(tasks, 't1', { title: 'two', votes: 9 })
    undo.getSnapshot().undo()
    expect(row()).toMatchObject({ title: 'one', rank: 'z', status: 'doing', votes: 4 })
  })

  it('[CL-UNDO-2] of a record takes back its fields and texts alone', async () => {
    const node = await startNode()
    for (const id of ['t1', 't2']) await node.workspace('acme').insert(tasks, { id, title: 'one' })
    const { client, row } = await sitDown('alice', node.url)
    const [scoped, other] = [mount(undoOf(client, t1)), mount(client.liveRecord(tasks, 't2'))]
    await until(other, ({ status }) => status === 'ready')
    const text = await textOf(client)
    client.update(tasks, 't1', { title: 'two' })
    text.insert(0, 'typed')
    client.update(tasks, 't2', { title: 'two' })
    scoped.getSnapshot().undo()
    expect([text.toString(), row()?.title, other.getSnapshot().data?.title]).toEqual(['', 'two', 'two'])
    scoped.getSnapshot().undo()
    scoped.getSnapshot().undo()
    expect([row()?.title, other.getSnapshot().data?.title]).toEqual(['one', 'two'])
    expect(flagsOf(scoped)).toEqual({ canUndo: false, canRedo: true })
  })

  it('[CL-UNDO-5] brings back a record that its update has taken out of the list', async () => {
    const node = await startNode()
    await node.workspace('acme').insert(tasks, { id: 't1', title: 'one' })
    const clock = new ManualClock()
    const client = openClient('alice', node.url, { platform: { clock } })
    const undo = mount(undoOf(client))
    const list = mount(client.liveList(tasks, { where: { status: 'todo' } }))
    await until(list, ({ status }) => status === 'complete')
    await client.update(tasks, 't1', { status: 'done' }).outcome
    clock.advance(60_000)
    await until(list, ({ data }) => data.length === 0)
    await client.settled()
    undo.getSnapshot().undo()
    await until(list, ({ data }) => data.length === 1)
  })

  it('[CL-UNDO-5, CL-UNDO-12] tells at once when others have left nothing to be taken back', async () => {
    const node = await startNode()
    const acme = node.workspace('acme')
    await acme.insert(tasks, { id: 't1', title: 'one' })
    const { client, undo, row } = await sitDown('alice', node.url)
    const told: boolean[] = []
    undo.subscribe(() => told.push(undo.getSnapshot().canUndo))
    client.update(tasks, 't1', { title: 'two' })
    client.update(tasks, 't1', { title: 'three' })
    expect(told).toEqual([true])
    const before = undo.getSnapshot()
    client.update(tasks, 't1', { title: 'four' })
    expect(undo.getSnapshot()).toBe(before)
    await client.settled()
    await acme.update(tasks, 't1', { title: 'theirs' })
    await until(undo, ({ canUndo }) => !canUndo)
    expect(told).toEqual([true, false])
    undo.getSnapshot().undo()
    expect(row()?.title).toBe('theirs')
  })

  it('[CL-UNDO-6] forgets a step whose write is refused, whole or in part, or is taken back', async () => {
    const node = await startNode({
      access: {
        workspace: () => 'write',
        collections: {
          tasks: {
            write: (_user, { fields }) => {
              if (fields.includes('rank')) return 'no ranks'
              return !fields.includes('votes') || { refuse: ['votes'], reason: 'no votes' }
            },
          },
        },
      },
    })
    await node.workspace('acme').insert(tasks, { id: 't1', title: 'one' })
    const { client, undo, row } = await sitDown('alice', node.url)
    expect(await client.update(tasks, 't1', { rank: 'a' }).outcome).toMatchObject({ status: 'rejected' })
    expect(flagsOf(undo)).toEqual({ canUndo: false, canRedo: false })

    await client.update(tasks, 't1', { title: 'two', votes: { increment: 1 } }).outcome
    undo.getSnapshot().undo()
    await client.settled()
    expect(row()).toMatchObject({ title: 'one', votes: 0 })
    expect(client.rejections.getSnapshot().items).toHaveLength(2)

    client.disconnect()
    const receipt = client.update(tasks, 't1', { status: 'done', votes: { increment: 1 } })
    await receipt.saved
    expect(flagsOf(undo)).toEqual({ canUndo: true, canRedo: false })
    await receipt.cancel()
    expect(flagsOf(undo)).toEqual({ canUndo: false, canRedo: false })
    undo.getSnapshot().undo()
    expect(row()).toMatchObject({ status: 'todo', votes: 0 })
  })

  it('[CL-UNDO-4] works offline, and what was done and undone there leaves no trace', async () => {
    const node = await startNode()
    const acme = node.workspace('acme')
    await acme.insert(tasks, { id: 't1', title: 'one' })
    const { client, undo } = await sitDown('alice', node.url)
    client.disconnect()
    client.update(tasks, 't1', { title: 'two', votes: { increment: 1 } })
    client.update(tasks, 't1', { labels: ['a'] })
    undo.getSnapshot().undo()
    undo.getSnapshot().undo()
    expect(flagsOf(undo)).toEqual({ canUndo: false, canRedo: true })
    client.connect()
    await client.settled()
    expect(await acme.get(tasks, 't1')).toMatchObject({ title: 'one', votes: 0, labels: [] })
  })

  it('[CL-UNDO-7] joins what is typed in one text at one go, until something else is done', async () => {
    const node = await startNode()
    await node.workspace('acme').insert(tasks, { id: 't1', title: 'one' })
    const clock = new ManualClock()
    const { client, undo } = await sitDown('alice', node.url, { platform: { clock } })
    const text = await textOf(client)
    const type = (typed: string, afterMs: number) => {
      clock.advance(afterMs)
      text.insert(text.length, typed)
    }
    type('a', 1_000)
    type('b', 499)
    type('c', 500)
    client.update(tasks, 't1', { title: 'two' })
    type('d', 100)
    undo.getSnapshot().undo()
    expect(text.toString()).toBe('abc')
    undo.getSnapshot().undo()
    type('e', 100)
    undo.getSnapshot().undo()
    expect(text.toString()).toBe('abc')
    undo.getSnapshot().undo()
    expect(text.toString()).toBe('ab')
    undo.getSnapshot().undo()
    expect(text.toString()).toBe('')
    expect(flagsOf(undo)).toEqual({ canUndo: false, canRedo: true })
    for (let redone = 0; redone < 3; redone++) undo.getSnapshot().redo()
    expect(text.toString()).toBe('abce')
  })

  it('[CL-UNDO-7] takes a document of any content as one text', async () => {
    const node = await startNode()
    const client = openClient('alice', node.url)
    const undo = mount(undoOf(client))
    const { doc } = await until(client.doc(pages, 'home'), ({ status }) => status === 'ready')
    doc?.getMap('shapes').set('a', 1)
    doc?.getArray('order').push(['a'])
    undo.getSnapshot().undo()
    expect(doc?.toJSON()).toEqual({ shapes: {}, order: [] })
    expect(flagsOf(undo)).toEqual({ canUndo: false, canRedo: true })
  })

  it('[CL-UNDO-5] goes on to the step before where others have deleted what was typed', async () => {
    const node = await startNode()
    await node.workspace('acme').insert(tasks, { id: 't1', title: 'one' })
    const [alice, bob] = [await sitDown('alice', node.url), await sitDown('bob', node.url)]
    const [mine, theirs] = [await textOf(alice.client), await textOf(bob.client)]
    alice.client.update(tasks, 't1', { title: 'two' })
    mine.insert(0, 'typed')
    await untilText(theirs, 'typed')
    theirs.delete(0, 5)
    await untilText(mine, '')
    alice.undo.getSnapshot().undo()
    expect(alice.row()?.title).toBe('one')
    expect(flagsOf(alice.undo)).toEqual({ canUndo: false, canRedo: true })
  })

  it('[CL-UNDO-8] forgets the steps of a text when its body is closed', async () => {
    const node = await startNode()
    await node.workspace('acme').insert(tasks, { id: 't1', title: 'one' })
    const clock = new ManualClock()
    const { client, undo, row } = await sitDown('alice', node.url, { platform: { clock } })
    const store = client.text(tasks, 't1', 'notes')
    let unsubscribe = store.subscribe(() => undefined)
    await expect.poll(() => store.getSnapshot().status).toBe('ready')
    client.update(tasks, 't1', { title: 'two' })
    store.getSnapshot().text?.insert(0, 'typed')
    unsubscribe()
    clock.advance(60_000)
    unsubscribe = store.subscribe(() => undefined)
    await expect.poll(() => store.getSnapshot().text?.toString()).toBe('typed')
    undo.getSnapshot().undo()
    expect([store.getSnapshot().text?.toString(), row()?.title]).toEqual(['typed', 'one'])
    unsubscribe()
  })

  it('[CL-UNDO-8] forgets what was refused of a text with all that was typed there, and records what is typed anew', async () => {
    let isRefusing = false
    const node = await startNode({
      access: { workspace: () => 'write', collections: { tasks: { write: () => (isRefusing ? 'not now' : true) } } },
    })
    await node.workspace('acme').insert(tasks, { id: 't1', title: 'one', notes: 'base' })
    const { client, undo } = await sitDown('alice', node.url)
    const store = client.text(tasks, 't1', 'notes')
    const text = await textOf(client)
    isRefusing = true
    text.insert(4, ' refused')
    await until(undo, ({ canUndo }) => !canUndo)
    const rebuilt = await until(store, shown => shown.text !== text && shown.status === 'ready')
    isRefusing = false
    rebuilt.text?.insert(4, ' allowed')
    undo.getSnapshot().undo()
    expect(rebuilt.text?.toString()).toBe('base')
  })

  it('[CL-UNDO-9] keeps as many steps as the app says, those of texts among them', async () => {
    const node = await startNode()
    await node.workspace('acme').insert(tasks, { id: 't1', title: 'one' })
    const clock = new ManualClock()
    const { client, undo, row } = await sitDown('alice', node.url, { limits: { undoSteps: 3 }, platform: { clock } })
    const text = await textOf(client)
    client.update(tasks, 't1', { title: 'two' })
    for (const typed of ['a', 'b', 'c', 'd']) {
      clock.advance(1_000)
      text.insert(text.length, typed)
    }
    for (let undone = 0; undone < 9; undone++) undo.getSnapshot().undo()
    expect([text.toString(), row()?.title]).toEqual(['a', 'two'])
    client.update(tasks, 't1', { title: 'three' })
    undo.getSnapshot().undo()
    undo.getSnapshot().redo()
    expect(row()?.title).toBe('three')
  })

  it('[CL-UNDO-5] goes on to the step before where a value is none any more, and keeps a step that finds no room', async () => {
    let isStrict = false
    const words = collection('words', { word: z.string().refine(word => !isStrict || word !== 'old'), rank: counter() })
    const schema = defineSchema({ version: 1, collections: [words] })
    const client = openClient('alice', 'ws://127.0.0.1:1', { schema, commands: [], limits: { outboxBytes: 1_500 } })
    client.disconnect()
    const undo = mount(undoOf(client))
    const row = mount(client.liveRecord(words, 'w1'))
    client.upsert(words, 'w1', { word: 'x'.repeat(800) })
    client.update(words, 'w1', { word: 'old' })
    client.insert(words, { word: 'apart' })
    const isFull = expect.objectContaining({ code: 'OUTBOX_FULL' })
    expect(() => undo.getSnapshot().undo()).toThrow(isFull)
    expect(flagsOf(undo)).toEqual({ canUndo: true, canRedo: false })

    client.update(words, 'w1', { rank: { increment: 1 } })
    client.update(words, 'w1', { word: 'new' })
    isStrict = true
    undo.getSnapshot().undo()
    expect(row.getSnapshot().data).toMatchObject({ word: 'new', rank: 0 })
  })

  it('[CL-UNDO-13] has nothing left of a client that was closed', async () => {
    const node = await startNode()
    await node.workspace('acme').insert(tasks, { id: 't1', title: 'one' })
    const { client, undo } = await sitDown('alice', node.url)
    client.update(tasks, 't1', { title: 'two' })
    await client.close()
    expect(flagsOf(undo)).toEqual({ canUndo: false, canRedo: false })
    undo.getSnapshot().undo()
  })
})
