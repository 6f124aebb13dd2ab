import { isTidemarkError } from '@tidemark/core'
import { IndexedDbStorage } from '../IndexedDbStorage.js'
import type { ReplicaStorage, StoredRejection } from '../ReplicaStorage.js'
import { batchOf, rowOf, updateOf } from './samples.js'

/** What a test in Node can ask of the page. */
export interface StoragePage {
  /** Opens a storage of that name, as one more tab would, and answers what to call it. */
  open(name: string): number
  call(storage: number, verb: Exclude<keyof ReplicaStorage, 'renew'>, args: readonly unknown[]): Promise<PageAnswer>
  renew(storage: number, replica: string, verdicts: Verdicts): Promise<PageAnswer>
  /** Writes without an end, and calls `wrote` with each round that was reported as stored. */
  writeForEver(name: string): void
  /** How often IndexedDB is asked for something to read 10,000 rows of one view by a new storage. */
  countReads(name: string): Promise<number>
}

export type PageAnswer = { readonly value: unknown } | { readonly code: string }
export type Verdicts = Readonly<Record<number, StoredRejection | null | 'throw'>>

declare global {
  var storagePage: StoragePage
  var wrote: (kind: 'batch' | 'entries', round: number) => void
}

const storages: IndexedDbStorage[] = []

async function answer(verb: () => Promise<unknown>): Promise<PageAnswer> {
  try {
    return { value: await verb() }
  } catch (error) {
    return { code: isTidemarkError(error) ? error.code : String(error) }
  }
}

globalThis.storagePage = {
  open: name => storages.push(new IndexedDbStorage({ name })) - 1,
  call: (storage, verb, args) => {
    const called = storages[storage] as unknown as Record<string, (...args: readonly unknown[]) => Promise<unknown>>
    return answer(() => called[verb]!(...args))
  },
  renew: (storage, replica, verdicts) =>
    answer(() =>
      storages[storage]!.renew(replica, ({ number }) => {
        const verdict = verdicts[number]
        if (verdict === 'throw') throw new Error('no verdict')
        return verdict ?? null
      }),
    ),
  writeForEver: async name => {
    const storage = new IndexedDbStorage({ name })
    const { meta } = await storage.open()
    const writeBatches = async () => {
      for (let round = meta.version + 1; ; round++) {
        const title = `${round}`
        const ids = ['a', `b${round % 7}`, `c${round % 50}`]
        await storage.apply(
          batchOf(round, {
            rows: ids.map(id => rowOf(id, ['v1'], title)),
            bodies: [{ collection: 'tasks', id: 'a', state: new Uint8Array(2_000).fill(round % 256) }],
            subscriptions: [{ key: 'v1', viewHash: 'h', cursor: round, bound: null }],
            meta: { live: { serial: 1, cursor: round }, extra: { round } },
          }),
        )
        globalThis.wrote('batch', round)
      }
    }
    const writeEntries = async () => {
      for (let round = meta.lastNumber / 3 + 1; ; round++) {
        await storage.enqueue(['x', 'y', 'z'].map(part => ({ entry: updateOf(`${part}${round}`) })))
        globalThis.wrote('entries', round)
      }
    }
    await Promise.all([writeBatches(), writeEntries()])
  },
  countReads: async name => {
    const writer = new IndexedDbStorage({ name })
    await writer.open()
    const rows = Array.from({ length: 10_000 }, (_, i) =>
      rowOf(`id${i}`, ['v1'], 'A title of the usual length, about so'),
    )
    await writer.apply(batchOf(1, { rows }))
    await writer.close()
    const storage = new IndexedDbStorage({ name })
    await storage.open()
    let asked = 0
    const { get } = IDBObjectStore.prototype
    IDBObjectStore.prototype.get = function (key) {
      asked++
      return get.call(this, key)
    }
    const read = await storage.rows({ views: ['v1'] })
    IDBObjectStore.prototype.get = get
    if (read.rows.length !== rows.length) throw new Error('rows are missing')
    await storage.close()
    return asked
  },
}
