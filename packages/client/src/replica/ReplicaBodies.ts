import { bodyClientId, bodyFromTexts, type Receipt, type SchemaModel } from '@tidemark/core'
import type { BodyBytes, BodyEvent, BodySource } from '../bodies/BodySource.js'
import type { Outbox } from '../outbox/Outbox.js'
import type { OutboxRunner } from '../outbox/OutboxRunner.js'
import { writesOf } from '../outbox/PendingEntry.js'
import { bodyWatch, recordWatch } from '../query/Watch.js'
import type { Watchlist } from '../query/Watchlist.js'
import type { OutboxEntry, ReplicaStorage, RowKey } from '../storage/ReplicaStorage.js'
import type { Delta } from './Delta.js'
import type { Replica } from './Replica.js'
import { rowKeyOf, rowRef } from './RowRef.js'
import { soundUpdates } from './soundUpdates.js'

export interface BodyParts {
  readonly replica: Replica
  readonly outbox: Outbox
  readonly outboxRunner: OutboxRunner
  readonly storage: ReplicaStorage
  readonly watchlist: Watchlist
  readonly schema: SchemaModel
  /** Resolves when the replica is open. */
  opened(): Promise<void>
  isOffline(): boolean
  sendPresence(scope: string, state: Uint8Array): void
}

type Listener = (event: BodyEvent) => void

const presencePrefix = 'body/'

/** What the replica has of bodies, for the documents that show them: bytes in, bytes out. */
export class ReplicaBodies implements BodySource {
  readonly #parts: BodyParts
  readonly #listenersByRef = new Map<string, Set<Listener>>()
  readonly #statusByRef = new Map<string, string>()

  constructor(parts: BodyParts) {
    this.#parts = parts
  }

  async load(key: RowKey): Promise<BodyBytes> {
    const { opened, replica, storage } = this.#parts
    await opened()
    const ref = rowRef(key.collection, key.id)
    const { confirmed } = replica
    const watch = bodyWatch(key.collection, key.id).key
    const stored = confirmed.isLoaded(watch) ? undefined : await storage.body(key)
    const state = confirmed.body(ref) ?? stored?.state ?? null
    // A record that was made here has nothing that the node could tell.
    const isOwn =
      state === null && replica.overlay.isPending(ref) && confirmed.row(key.collection, key.id) === undefined
    return { state, pending: this.#pending(key, state), isComplete: isOwn || confirmed.isLive(watch) }
  }

  watch(key: RowKey, listener: Listener): () => void {
    const { watchlist } = this.#parts
    const ref = rowRef(key.collection, key.id)
    const listeners = this.#listenersByRef.get(ref) ?? new Set()
    this.#listenersByRef.set(ref, listeners)
    listeners.add(listener)
    // Whether the record is there is the row's to say: an empty body is no news.
    const need = { limit: null, hasListeners: false }
    const row = watchlist.add(recordWatch(key.collection, key.id), need)
    const body = watchlist.add(bodyWatch(key.collection, key.id), need)
    return () => {
      if (!listeners.delete(listener)) return
      row.end()
      body.end()
      if (listeners.size > 0) return
      this.#listenersByRef.delete(ref)
      this.#statusByRef.delete(ref)
    }
  }

  write({ collection, id }: RowKey, update: Uint8Array): Receipt {
    const { outboxRunner, replica } = this.#parts
    const receipt = outboxRunner.write({ kind: 'body', collection, id, update }, replica.confirmed.position)
    // What could not be stored is not in the outbox: it must not stay in the document.
    receipt.saved.catch(() => this.#tell(rowRef(collection, id), { kind: 'rebuild' }))
    return receipt
  }

  sendAwareness({ collection, id }: RowKey, update: Uint8Array): void {
    this.#parts.sendPresence(`${presencePrefix}${rowRef(collection, id)}`, update)
  }

  /** A message of the node was applied. */
  applied({ bodies, rejections }: Delta): void {
    for (const body of bodies) {
      const ref = rowRef(body.collection, body.id)
      if (body.kind === 'update') this.#tell(ref, { kind: 'update', update: body.update })
      else if (body.kind === 'state' && !body.isAnother) this.#tell(ref, { kind: 'update', update: body.state })
      else this.#tell(ref, { kind: 'rebuild' })
    }
    const refused = new Set<string>()
    for (const { entry } of rejections) {
      for (const key of bodyKeysOf(entry)) refused.add(rowRef(key.collection, key.id))
    }
    for (const ref of refused) this.#tell(ref, { kind: 'rebuild' })
  }

  /** Another tab wrote. */
  heard(entries: readonly OutboxEntry[]): void {
    for (const { mutation } of entries) {
      if (mutation.kind !== 'body') continue
      this.#tell(rowRef(mutation.collection, mutation.id), { kind: 'update', update: mutation.update })
    }
  }

  /** True if the presence was of a body. */
  presence(scope: string, state: Uint8Array): boolean {
    if (!scope.startsWith(presencePrefix)) return false
    this.#tell(scope.slice(presencePrefix.length), { kind: 'awareness', update: state })
    return true
  }

  /** Rows came or went, or subscriptions did: a body is there as long as its record is. */
  stepped(): void {
    for (const ref of this.#listenersByRef.keys()) this.#tellStatus(ref)
  }

  /** The connection moved. */
  moved(): void {
    for (const ref of this.#listenersByRef.keys()) this.#tellStatus(ref)
  }

  #tellStatus(ref: string): void {
    if (!this.#listenersByRef.has(ref)) return
    const status = this.#statusOf(ref)
    if (this.#statusByRef.get(ref) === status) return
    this.#statusByRef.set(ref, status)
    this.#tell(ref, { kind: 'status', status })
  }

  #statusOf(ref: string): 'loading' | 'ready' | 'missing' | 'unavailable' {
    const { replica, isOffline } = this.#parts
    const { collection, id } = rowKeyOf(ref)
    const isLive = replica.confirmed.isLive(`b/${ref}`) && replica.confirmed.isLive(`r/${ref}`)
    if (isLive) {
      // A row may still be here for lists that nobody watches: its own watch knows whether it can be read.
      const held = replica.confirmed.row(collection, id)
      const isThere = held ? held.views.has(`r/${ref}`) : replica.row(collection, id) !== undefined
      return isThere ? 'ready' : 'missing'
    }
    return isOffline() ? 'unavailable' : 'loading'
  }

  #tell(ref: string, event: BodyEvent): void {
    for (const listener of [...(this.#listenersByRef.get(ref) ?? [])]) listener(event)
  }

  /** What is written here and not confirmed, in order, as far as it has ground to stand on. */
  #pending({ collection, id }: RowKey, state: Uint8Array | null): readonly Uint8Array[] {
    const updates: Uint8Array[] = []
    for (const entry of this.#parts.outbox.entries) {
      const { mutation, writeId } = entry
      if (mutation.kind === 'body') {
        if (mutation.collection === collection && mutation.id === id) updates.push(mutation.update)
        continue
      }
      for (const [index, write] of writesOf(mutation).entries()) {
        if (write.op !== 'insert' || write.collection !== collection || write.id !== id) continue
        updates.push(bodyFromTexts(this.#textsOf(collection, write.values), bodyClientId(writeId, index)))
      }
    }
    return updates.length === 0 ? updates : soundUpdates(state ?? undefined, updates, rowRef(collection, id))
  }

  #textsOf(collection: string, values: Readonly<Record<string, unknown>>): Record<string, string> {
    const texts: Record<string, string> = {}
    for (const { name, kind } of this.#parts.schema.collectionByName.get(collection)?.fields ?? []) {
      const text = values[name]
      if (kind === 'text' && typeof text === 'string') texts[name] = text
    }
    return texts
  }
}

/** The bodies that a mutation writes. */
function bodyKeysOf({ mutation }: OutboxEntry): RowKey[] {
  if (mutation.kind === 'body') return [mutation]
  return writesOf(mutation).filter(write => write.op === 'insert')
}
