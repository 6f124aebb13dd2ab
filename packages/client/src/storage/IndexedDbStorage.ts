import { encodeMutation, type Random, systemRandom, TidemarkError } from '@tidemark/core'
import * as encoding from 'lib0/encoding'
import { ambientMarkers, type Markers } from './ambientMarkers.js'
import { latestOutcomes } from './latestOutcomes.js'
import { newReplicaMeta } from './newReplicaMeta.js'
import { ReplicaConnection } from './ReplicaConnection.js'
import type { ReplicaHold } from './ReplicaHold.js'
import type {
  NewEntry,
  OutboxEntry,
  ReplicaBatch,
  ReplicaStorage,
  RowKey,
  StoredBody,
  StoredRejection,
  StoredReplica,
  StoredRows,
} from './ReplicaStorage.js'
import { RowBlocks } from './RowBlocks.js'
import {
  type ReplicaObjectStore,
  type ReplicaTransaction,
  removeReplicaDatabase,
  type StoredEntry,
  type StoredMeta,
  type StoreName,
} from './replicaDatabase.js'
import { isSameReplicaUser } from './replicaName.js'
import { storageError } from './storageError.js'

export interface IndexedDbStorageOptions {
  /** By `replicaName`; or what finds one for a tab that cannot share it. */
  readonly name: string | (() => Promise<ReplicaHold>)
  readonly random?: Random
  /** `localStorage`: remembers that there was a replica, so that an evicted one is noticed. */
  readonly markers?: Markers | undefined
  /** `navigator.storage`. */
  readonly browserStorage?: Pick<StorageManager, 'persist' | 'persisted'> | undefined
}

const allStores: StoreName[] = ['rows', 'bodies', 'outbox', 'subscriptions', 'inbox', 'outcomes', 'meta']

/**
 * A replica in IndexedDB. Numbers are given and read inside the transaction that stores the entry, so tabs that
 * share the database never share a number. [G7]
 *
 * Transactions are `relaxed`: complete when the operating system has the bytes. They survive a killed tab or browser,
 * which is what `saved` promises [G13]; only a power cut can take the last ones, and the outbox numbers with them.
 * `strict` took 1 to 4 times as long per commit in Chromium on a disk that syncs in 30 µs; on others it costs milliseconds.
 */
export class IndexedDbStorage implements ReplicaStorage {
  readonly #given: IndexedDbStorageOptions['name']
  #hold: Promise<ReplicaHold> | null = null
  readonly #connection: ReplicaConnection
  readonly #random: Random
  readonly #markers: IndexedDbStorageOptions['markers']
  readonly #browserStorage: IndexedDbStorageOptions['browserStorage']
  readonly #blocks = new RowBlocks()
  #durability: StoredReplica['durability'] = 'best-effort'
  #hasAskedToPersist = false

  constructor(options: IndexedDbStorageOptions) {
    this.#given = options.name
    this.#connection = new ReplicaConnection(() => this.#name())
    this.#random = options.random ?? systemRandom
    this.#markers = 'markers' in options ? options.markers : ambientMarkers()
    this.#browserStorage = 'browserStorage' in options ? options.browserStorage : globalThis.navigator?.storage
  }

  async open(): Promise<StoredReplica> {
    const isPersisted = this.#browserStorage?.persisted().catch(() => false)
    const name = await this.#name()
    const wasHere = this.#markers?.getItem(name) !== null && this.#markers !== undefined
    let isNew = false
    if (!(await this.#connection.read(['meta'], tx => tx.objectStore('meta').count('replica')))) {
      isNew = await this.#connection.write(['meta'], async tx => {
        const meta = tx.objectStore('meta')
        // Another tab may have been first.
        if ((await meta.count('replica')) > 0) return false
        await meta.put({ ...newReplicaMeta(this.#random), blockRevision: 0 }, 'replica')
        return true
      })
    }
    this.#connection.holdsReplica()
    this.#markers?.setItem(name, '')
    const stored = await this.#connection.read(['meta', 'outbox', 'inbox', 'outcomes', 'subscriptions'], readReplica)
    const kept = (await isPersisted) === true ? 'persistent' : 'best-effort'
    this.#durability = isNew && wasHere ? 'evicted' : kept
    return { ...stored, durability: this.#durability }
  }

  rows(of: Parameters<ReplicaStorage['rows']>[0]): Promise<StoredRows> {
    return this.#connection.read(['rows', 'meta'], async tx => {
      const { version, blockRevision } = await mustReadMeta(tx)
      const store = tx.objectStore('rows')
      const rows =
        'views' in of
          ? await this.#blocks.byViews(store, of.views)
          : await this.#blocks.byKeys(store, blockRevision, of.keys)
      return { version, rows }
    })
  }

  body({ collection, id }: RowKey): Promise<StoredBody | undefined> {
    return this.#connection.read(['bodies'], tx => tx.objectStore('bodies').get([collection, id]))
  }

  async apply(batch: ReplicaBatch): Promise<void> {
    try {
      await this.#connection.write(allStores, tx => this.#applyIn(tx, batch))
    } catch (error) {
      this.#blocks.forget()
      throw error
    }
  }

  async enqueue(entries: readonly NewEntry[]): Promise<readonly OutboxEntry[]> {
    const queued = await this.#connection.write(['outbox', 'meta'], async tx => {
      const meta = await mustReadMeta(tx)
      const outbox = tx.objectStore('outbox')
      const stored: StoredEntry[] = []
      let { lastNumber } = meta
      for (const { entry, absorbInto } of entries) {
        const target = absorbInto && (await unsentEntry(outbox, meta, absorbInto.number))
        const isAbsorbed = target !== undefined && target.mutation.kind !== 'void'
        const next = isAbsorbed ? { ...absorbInto!.merged, number: target.number } : { ...entry, number: ++lastNumber }
        await outbox.put(withOwnBytes(next))
        stored.push(next)
      }
      await tx.objectStore('meta').put({ ...meta, lastNumber }, 'replica')
      return stored.map(entry => ({ ...entry, isSent: false }))
    })
    this.#askToPersist()
    return queued
  }

  takeForSending(from: number, maxBytes: number): Promise<readonly OutboxEntry[]> {
    return this.#connection.write(['outbox', 'meta'], async tx => {
      const meta = await mustReadMeta(tx)
      const taken: OutboxEntry[] = []
      let bytes = 0
      let cursor = await tx.objectStore('outbox').openCursor(IDBKeyRange.lowerBound(from))
      for (; cursor !== null; cursor = await cursor.continue()) {
        bytes += cursor.value.bytes
        if (bytes > maxBytes && taken.length > 0) break
        taken.push({ ...cursor.value, isSent: true })
      }
      const sentNumber = taken.at(-1)?.number ?? 0
      if (sentNumber > meta.sentNumber) await tx.objectStore('meta').put({ ...meta, sentNumber }, 'replica')
      return taken
    })
  }

  cancel(number: number, rest?: Omit<StoredEntry, 'number'>): Promise<boolean> {
    return this.#connection.write(['outbox', 'meta'], async tx => {
      const outbox = tx.objectStore('outbox')
      const entry = await unsentEntry(outbox, await mustReadMeta(tx), number)
      if (entry === undefined) return false
      await outbox.put(rest === undefined ? voided(entry) : withOwnBytes({ ...rest, number }))
      return true
    })
  }

  async renew(replica: string, verdict: (entry: OutboxEntry) => StoredRejection | null): Promise<StoredReplica> {
    const renewed = await this.#connection.write(['outbox', 'inbox', 'outcomes', 'subscriptions', 'meta'], async tx => {
      const [outbox, inbox] = [tx.objectStore('outbox'), tx.objectStore('inbox')]
      const { meta, outbox: entries } = await readReplica(tx)
      await outbox.clear()
      let lastNumber = 0
      for (const entry of entries) {
        const rejection = verdict(entry)
        const { isSent: _, ...kept } = entry
        if (rejection === null) await outbox.put({ ...kept, number: ++lastNumber })
        else await inbox.put(withOwnBytes(rejection))
      }
      const { blockRevision } = await mustReadMeta(tx)
      const numbers = { lastNumber, sentNumber: 0, answeredNumber: 0 }
      await tx.objectStore('meta').put({ ...meta, replica, ...numbers, blockRevision }, 'replica')
      return readReplica(tx)
    })
    return { ...renewed, durability: this.#durability }
  }

  async acknowledge(writeId: string): Promise<void> {
    await this.#connection.write(['inbox'], tx => tx.objectStore('inbox').delete(writeId))
  }

  async destroy(): Promise<void> {
    const own = await this.#name()
    await this.#connection.close()
    const names = new Set([own])
    // Firefox before 126 cannot list them: then only this tab's own database is known.
    const listed = (await indexedDB.databases?.()) ?? []
    for (const { name } of listed) if (name !== undefined && isSameReplicaUser(name, own)) names.add(name)
    try {
      await Promise.all([...names].map(removeReplicaDatabase))
    } catch (error) {
      throw storageError(error)
    }
    for (const name of names) this.#markers?.removeItem(name)
    await (await this.#hold)?.remove()
  }

  async close(): Promise<void> {
    await this.#connection.close()
    const hold = await this.#hold?.catch(() => null)
    hold?.release()
  }

  async #name(): Promise<string> {
    if (typeof this.#given === 'string') return this.#given
    this.#hold ??= this.#given()
    try {
      return (await this.#hold).name
    } catch (error) {
      this.#hold = null
      throw storageError(error)
    }
  }

  async #applyIn(tx: ReplicaTransaction<'readwrite'>, batch: ReplicaBatch): Promise<void> {
    const meta = await mustReadMeta(tx)
    const rows = tx.objectStore('rows')
    const bodies = tx.objectStore('bodies')
    const outbox = tx.objectStore('outbox')
    const subscriptions = tx.objectStore('subscriptions')
    const inbox = tx.objectStore('inbox')
    // Asynchronous, so that a value that cannot be stored fails as a request does: after all were made.
    const [blockRevision] = await Promise.all([
      this.#blocks.write(rows, meta.blockRevision, batch.rows, batch.droppedRows),
      ...batch.bodies.map(async body => bodies.put({ ...body, state: ownBytes(body.state) })),
      ...batch.droppedBodies.map(async ({ collection, id }) => bodies.delete([collection, id])),
      ...batch.subscriptions.map(async subscription => subscriptions.put(subscription)),
      ...batch.droppedSubscriptions.map(async key => subscriptions.delete(key)),
      ...batch.settled.map(async number => outbox.delete(number)),
      ...batch.rejections.map(async rejection => inbox.put(withOwnBytes(rejection))),
      this.#keepOutcomes(tx, batch),
    ])
    const changed: StoredMeta = { ...meta, ...batch.meta, version: batch.version, blockRevision }
    await tx.objectStore('meta').put(changed, 'replica')
  }

  async #keepOutcomes(tx: ReplicaTransaction<'readwrite'>, { outcomes }: ReplicaBatch): Promise<void> {
    if (outcomes.length === 0) return
    const store = tx.objectStore('outcomes')
    await store.put(latestOutcomes([...((await store.get('latest')) ?? []), ...outcomes]), 'latest')
  }

  /** Asked once something was written: a person who only looks is not bothered with the question. */
  #askToPersist(): void {
    if (this.#hasAskedToPersist) return
    this.#hasAskedToPersist = true
    // A refusal changes nothing: the next `open` tells how the browser keeps it.
    this.#browserStorage?.persist().catch(() => false)
  }
}

type MetaReader = { objectStore(name: 'meta'): { get(key: 'replica'): Promise<StoredMeta | undefined> } }

async function mustReadMeta(tx: MetaReader): Promise<StoredMeta> {
  const meta = await tx.objectStore('meta').get('replica')
  if (meta === undefined) throw new TidemarkError('STORAGE_FAILED')
  return meta
}

async function readReplica(
  tx: ReplicaTransaction<'readonly' | 'readwrite'>,
): Promise<Omit<StoredReplica, 'durability'>> {
  const [{ blockRevision: _, ...meta }, outbox, inbox, outcomes = [], subscriptions] = await Promise.all([
    mustReadMeta(tx),
    tx.objectStore('outbox').getAll(),
    tx.objectStore('inbox').getAll(),
    tx.objectStore('outcomes').get('latest'),
    tx.objectStore('subscriptions').getAll(),
  ])
  const entries = outbox.map(entry => ({ ...entry, isSent: entry.number <= meta.sentNumber }))
  return { meta, outbox: entries, inbox, outcomes, subscriptions }
}

type OutboxStore = ReplicaObjectStore<'outbox', 'readwrite'>

async function unsentEntry(outbox: OutboxStore, { sentNumber }: StoredMeta, number: number) {
  return number > sentNumber ? outbox.get(number) : undefined
}

function voided(entry: StoredEntry): StoredEntry {
  const cancelled: StoredEntry = { ...entry, mutation: { kind: 'void' } }
  return { ...cancelled, bytes: encoding.encode(encoder => encodeMutation(encoder, cancelled)).byteLength }
}

function withOwnBytes<T extends StoredEntry | StoredRejection>(stored: T): T {
  if ('entry' in stored) return { ...stored, entry: withOwnBytes(stored.entry) }
  const { mutation } = stored
  return mutation.kind === 'body' ? { ...stored, mutation: { ...mutation, update: ownBytes(mutation.update) } } : stored
}

/** A part of a frame would be stored with the whole frame around it. */
const ownBytes = (bytes: Uint8Array): Uint8Array =>
  bytes.byteLength === bytes.buffer.byteLength ? bytes : bytes.slice()
