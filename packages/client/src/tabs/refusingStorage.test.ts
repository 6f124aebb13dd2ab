import { systemRandom, TidemarkError } from '@tidemark/core'
import { topologies } from '@tidemark/server/testing'
import { describe, expect, it } from 'vitest'
import * as Y from 'yjs'
import type { LiveStore } from '../LiveState.js'
import { MemoryStorage, ReplicaMemory } from '../storage/MemoryStorage.js'
import type { NewEntry, ReplicaBatch } from '../storage/ReplicaStorage.js'
import { ManualClock } from '../testing/ManualClock.js'
import { mount, nodeStarter, openClient, until } from '../testing/stage.js'
import { tasks } from '../testing/tracker.js'
import { soleLeadership } from './soleTab.js'

/** A disk that is full from time to time. */
class FullStorage extends MemoryStorage {
  isFull = false

  override async apply(batch: ReplicaBatch) {
    this.#mustFit()
    return super.apply(batch)
  }

  override async enqueue(entries: readonly NewEntry[]) {
    this.#mustFit()
    return super.enqueue(entries)
  }

  #mustFit(): void {
    if (this.isFull) throw new TidemarkError('STORAGE_FULL')
  }
}

interface Shown {
  readonly text: Y.Text | undefined
}

/** The text of a store that others keep mounted. */
function textOf(store: LiveStore<Shown>): Promise<Y.Text> {
  return new Promise(resolve => {
    const look = (): void => {
      const { text } = store.getSnapshot()
      if (text === undefined) return
      end()
      resolve(text)
    }
    const end = store.subscribe(look)
    look()
  })
}

async function untilText(store: LiveStore<Shown>, expected: string): Promise<Y.Text> {
  const text = await textOf(store)
  if (text.toString() !== expected) {
    await new Promise<void>(resolve => text.observe(() => text.toString() === expected && resolve()))
  }
  return text
}

function textIn(memory: ReplicaMemory, id: string): string {
  const doc = new Y.Doc()
  const stored = memory.bodies.get(`tasks/${id}`)
  if (stored) Y.applyUpdate(doc, stored.state)
  return doc.getText('notes').toString()
}

/** Lets the storage come to its end with what was begun. */
const settle = async (): Promise<void> => {
  for (let turn = 0; turn < 50; turn++) await Promise.resolve()
}

/** Longer than a text stays open and is wanted after that, and than a storage that refused is left alone. */
const longMs = 7_000

describe.each(topologies)('a storage that takes nothing, at $topology', ({ nodeCount }) => {
  const startNode = nodeStarter(nodeCount)

  async function open(url: string) {
    const clock = new ManualClock()
    const memory = new ReplicaMemory()
    const storage = new FullStorage(systemRandom, memory)
    const openHome = () => ({ storage, leadership: soleLeadership(), channel: null, nameLock: soleLeadership })
    const client = openClient('alice', url, { platform: { openHome, clock } })
    await until(client.status, ({ connection }) => connection === 'online')
    return { client, clock, memory, storage }
  }

  /** A text that was shown, grew while the storage took nothing, and was closed for so long that nobody holds it. */
  async function closedWhileFull() {
    const node = await startNode()
    const id = await node.workspace('acme').insert(tasks, { title: 'one', notes: 'old' })
    const bob = openClient('bob', node.url)
    const theirs = await untilText(mount(bob.text(tasks, id, 'notes')), 'old')
    const { client, clock, memory, storage } = await open(node.url)
    const store = client.text(tasks, id, 'notes')
    const close = store.subscribe(() => undefined)
    await untilText(store, 'old')
    await client.settled()

    storage.isFull = true
    theirs.insert(3, ' new')
    await untilText(store, 'old new')
    close()
    await settle()
    clock.advance(longMs)
    // It was offered to the storage once more, and refused.
    await settle()
    return { id, theirs, client, clock, memory, storage, store }
  }

  it('[CL-REPLICA-28] makes no text older that is closed and opened again [G5]', async () => {
    const { id, theirs, client, clock, storage, store } = await closedWhileFull()
    expect(store.getSnapshot().text).toBeUndefined()

    const shown = mount(client.text(tasks, id, 'notes'))
    const text = await textOf(shown)
    expect(text.toString()).toBe('old new')
    theirs.insert(7, 'er')
    await untilText(shown, 'old newer')
    storage.isFull = false
    clock.advance(longMs)
    await client.settled()
    expect(text.toString()).toBe('old newer')
  })

  it('[CL-REPLICA-28] makes no text older that is closed while it is full and opened when it is not [G5]', async () => {
    const { id, client, clock, memory, storage } = await closedWhileFull()
    client.disconnect()
    storage.isFull = false
    clock.advance(longMs)
    await settle()
    expect(textIn(memory, id)).toBe('old new')
    const text = await textOf(mount(client.text(tasks, id, 'notes')))
    expect(text.toString()).toBe('old new')
  })

  it('[CL-REPLICA-17] keeps nothing from being shown that is asked for meanwhile', async () => {
    const node = await startNode()
    const { client, storage } = await open(node.url)
    mount(client.liveList(tasks, {}))
    await client.settled()
    storage.isFull = true
    const id = await node.workspace('acme').insert(tasks, { title: 'one', notes: 'text' })
    await until(client.liveList(tasks, {}), ({ data }) => data.length === 1)
    const done = await until(
      client.liveList(tasks, { where: { status: 'todo' } }),
      ({ status }) => status === 'complete',
    )
    expect(done.data).toMatchObject([{ id }])
    await untilText(mount(client.text(tasks, id, 'notes')), 'text')
  })

  it('[CL-REPLICA-17] keeps no client from closing', async () => {
    const node = await startNode()
    const { client, storage } = await open(node.url)
    const list = mount(client.liveList(tasks, {}))
    storage.isFull = true
    await node.workspace('acme').insert(tasks, { title: 'one' })
    await until(list, ({ data }) => data.length === 1)
    await client.close()
    expect(client.status.getSnapshot().connection).toBe('closed')
  })

  it('[CL-REPLICA-29] holds what comes up to a bound: then the client is offline until that is stored [G10]', async () => {
    const node = await startNode()
    const { client, clock, storage } = await open(node.url)
    mount(client.liveList(tasks, {}))
    await client.settled()
    storage.isFull = true
    const ids = await Promise.all(
      ['one', 'two', 'three'].map(title =>
        node.workspace('acme').insert(tasks, { title, notes: 'x'.repeat(6_000_000) }),
      ),
    )
    const texts = ids.map(id => mount(client.text(tasks, id, 'notes')))
    await until(client.status, ({ connection }) => connection === 'offline')
    client.connect()
    expect(client.status.getSnapshot().connection).toBe('offline')
    storage.isFull = false
    clock.advance(longMs)
    await client.settled()
    for (const text of texts) expect((await textOf(text)).length).toBe(6_000_000)
  })

  it('[CL-OUTBOX-27] loses nothing that is typed: it shows, and goes out once there is room [G15]', async () => {
    const node = await startNode()
    const id = await node.workspace('acme').insert(tasks, { title: 'one', notes: '' })
    const { client, clock, storage } = await open(node.url)
    const store = client.text(tasks, id, 'notes')
    const close = store.subscribe(() => undefined)
    const text = await textOf(store)
    await client.settled()
    storage.isFull = true
    text.insert(0, 'one')
    const refused = client.update(tasks, id, { title: 'two' })
    await expect(refused.saved).rejects.toMatchObject({ code: 'STORAGE_FULL' })
    text.insert(3, ' two')
    expect(store.getSnapshot().text).toBe(text)
    close()
    clock.advance(longMs)
    const again = await textOf(mount(client.text(tasks, id, 'notes')))
    expect(again.toString()).toBe('one two')
    again.insert(7, ' three')
    storage.isFull = false
    clock.advance(longMs)
    await client.settled()
    await untilText(mount(openClient('bob', node.url).text(tasks, id, 'notes')), 'one two three')
  })
})
