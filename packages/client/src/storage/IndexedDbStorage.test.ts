import 'fake-indexeddb/auto'
import { openDB } from 'idb'
import { describe, expect, it } from 'vitest'
import { seededRandom } from '../testing/seededRandom.js'
import { IndexedDbStorage } from './IndexedDbStorage.js'
import { newReplicaMeta } from './newReplicaMeta.js'
import { replicaName } from './replicaName.js'
import { batchOf, bodyUpdateOf, outcomeOf, rowOf, updateOf } from './testing/samples.js'
import { storageContract } from './testing/storageContract.js'

let places = 0
const newName = (part?: string) =>
  replicaName({ url: 'ws://localhost:4800', workspace: `w${++places}`, userId: 'alice' }, part)

class Markers implements Pick<Storage, 'getItem' | 'setItem' | 'removeItem'> {
  readonly names = new Set<string>()
  getItem = (name: string) => (this.names.has(name) ? '' : null)
  setItem = (name: string) => void this.names.add(name)
  removeItem = (name: string) => void this.names.delete(name)
}

storageContract('IndexedDbStorage', () => {
  const name = newName()
  return { open: () => new IndexedDbStorage({ name }) }
})

describe('IndexedDbStorage', () => {
  it('[CL-STORE-12] a database that the browser took away is reported as evicted, once', async () => {
    const options = { name: newName(), markers: new Markers() }
    const first = new IndexedDbStorage(options)
    expect((await first.open()).durability).toBe('best-effort')
    await first.close()
    await new IndexedDbStorage({ name: options.name, markers: undefined }).destroy()
    expect((await new IndexedDbStorage(options).open()).durability).toBe('evicted')
    expect((await new IndexedDbStorage(options).open()).durability).toBe('best-effort')
  })

  it('[CL-STORE-12] after a sign-out nothing is called evicted', async () => {
    const options = { name: newName(), markers: new Markers() }
    const first = new IndexedDbStorage(options)
    await first.open()
    await first.destroy()
    expect(options.markers.names.size).toBe(0)
    expect((await new IndexedDbStorage(options).open()).durability).toBe('best-effort')
  })

  it('[CL-STORE-13] the browser is asked to keep it once something was written, and not before', async () => {
    let isPersisted = false
    let asked = 0
    const browserStorage = {
      persisted: async () => isPersisted,
      persist: async () => {
        asked++
        isPersisted = true
        return true
      },
    }
    const name = newName()
    const storage = new IndexedDbStorage({ name, browserStorage })
    expect((await storage.open()).durability).toBe('best-effort')
    await storage.apply(batchOf(1, { rows: [rowOf('a', ['v1'])] }))
    expect(asked).toBe(0)
    await storage.enqueue([{ entry: updateOf('one') }])
    await storage.enqueue([{ entry: updateOf('two') }])
    expect(asked).toBe(1)
    expect((await new IndexedDbStorage({ name, browserStorage }).open()).durability).toBe('persistent')
  })

  it('[CL-STORE-10] destroying a replica takes those of lone tabs along, and no other user', async () => {
    const identity = { url: 'https://example.test/sync/', workspace: 'acme', userId: 'alice' }
    const names = [replicaName(identity), replicaName(identity, 'tab-1'), replicaName(identity, 'tab-2')]
    const bobs = replicaName({ ...identity, userId: 'bob' })
    for (const name of [...names, bobs]) {
      const storage = new IndexedDbStorage({ name })
      await storage.open()
      await storage.close()
    }
    await new IndexedDbStorage({ name: names[1]! }).destroy()
    const left = (await indexedDB.databases()).map(({ name }) => name)
    expect(left).toContain(bobs)
    for (const name of names) expect(left).not.toContain(name)
  })

  it('[CL-STORE-10] another tab of a destroyed replica says so and does not bring it back', async () => {
    const name = newName()
    const [tab, other] = [new IndexedDbStorage({ name }), new IndexedDbStorage({ name })]
    await Promise.all([tab.open(), other.open()])
    await tab.destroy()
    await expect(other.enqueue([{ entry: updateOf('one') }])).rejects.toMatchObject({ code: 'CLOSED' })
    expect((await indexedDB.databases()).map(database => database.name)).not.toContain(name)
  })

  it('[CL-STORE-14] a tab makes way for the stored form of a newer app, and asks for a reload', async () => {
    const name = newName()
    const old = new IndexedDbStorage({ name })
    await old.open()
    const newer = await openDB(name, 99)
    await expect(old.enqueue([{ entry: updateOf('one') }])).rejects.toMatchObject({ code: 'STORAGE_FAILED' })
    await expect(new IndexedDbStorage({ name }).open()).rejects.toMatchObject({ code: 'STORAGE_FAILED' })
    newer.close()
  })

  it('[CL-STORE-14] a replica that an earlier form has stored is taken over as it is', async () => {
    const name = newName()
    const earlier = await openDB(name, 1, {
      upgrade(database) {
        database
          .createObjectStore('rows', { keyPath: ['collection', 'start'] })
          .createIndex('views', 'views', { multiEntry: true })
        for (const store of ['bodies', 'outbox', 'subscriptions', 'inbox', 'meta']) database.createObjectStore(store)
      },
    })
    const meta = { ...newReplicaMeta(seededRandom(1)), blockRevision: 0 }
    await earlier.put('meta', meta, 'replica')
    earlier.close()
    const storage = new IndexedDbStorage({ name })
    expect(await storage.open()).toMatchObject({ meta: { replica: meta.replica }, outcomes: [] })
    await storage.apply(batchOf(1, { outcomes: [outcomeOf('one')] }))
    expect((await storage.open()).outcomes).toEqual([outcomeOf('one')])
  })

  it('[CL-STORE-15] a failure in the middle of a batch leaves nothing of it', async () => {
    const name = newName()
    const storage = new IndexedDbStorage({ name })
    await storage.open()
    await storage.apply(batchOf(1, { rows: [rowOf('a', ['v1'])] }))
    const uncloneable = { key: 'k', viewHash: 'h', cursor: 1, bound: null, lastResult: [(() => 1) as never] }
    const failing = storage.apply(
      batchOf(2, { rows: [rowOf('a', ['v1'], 'new'), rowOf('b', ['v1'])], subscriptions: [uncloneable] }),
    )
    await expect(failing).rejects.toMatchObject({ code: 'STORAGE_FAILED' })
    expect(await storage.rows({ views: ['v1'] })).toEqual({ version: 1, rows: [rowOf('a', ['v1'])] })
    await storage.apply(batchOf(2, { rows: [rowOf('b', ['v1'])] }))
    expect((await storage.rows({ views: ['v1'] })).rows).toHaveLength(2)
  })

  it('[CL-STORE-15] of a part of a frame only the part is stored', async () => {
    const name = newName()
    const storage = new IndexedDbStorage({ name })
    await storage.open()
    const part = new Uint8Array(1_000).subarray(10, 20)
    await storage.enqueue([{ entry: bodyUpdateOf('one', part) }])
    await storage.apply(batchOf(1, { bodies: [{ collection: 'tasks', id: 't1', state: part }] }))
    const { outbox } = await new IndexedDbStorage({ name }).open()
    const { mutation } = outbox[0]!
    expect(mutation.kind === 'body' && mutation.update.buffer.byteLength).toBe(10)
    expect((await storage.body({ collection: 'tasks', id: 't1' }))!.state.buffer.byteLength).toBe(10)
  })
})

describe('replicaName', () => {
  const identity = { url: 'wss://example.test/sync', workspace: 'acme', userId: 'alice' }

  it('[CL-STORE-16] one server has one name, however its address is written', () => {
    for (const url of ['https://example.test/sync', 'wss://EXAMPLE.test:443/sync/', 'https://example.test/sync/#top']) {
      expect(replicaName({ ...identity, url })).toBe(replicaName(identity))
    }
  })

  it('[CL-STORE-16] other servers, workspaces, users and parts have other names', () => {
    const names = [
      replicaName(identity),
      replicaName(identity, 'tab'),
      replicaName({ ...identity, url: 'ws://example.test/sync' }),
      replicaName({ ...identity, url: 'wss://example.test/sync?room=1' }),
      replicaName({ ...identity, workspace: 'acme","alice' }),
      replicaName({ ...identity, workspace: 'acme', userId: 'alice","tab' }),
    ]
    expect(new Set(names).size).toBe(names.length)
  })
})
