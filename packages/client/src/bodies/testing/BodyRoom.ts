import { checkBodyUpdate, indexOfState, mergeUpdates, type Receipt } from '@tidemark/core'
import * as Y from 'yjs'
import type { RowKey } from '../../storage/ReplicaStorage.js'
import type { BodyBytes, BodyEvent, BodySource } from '../BodySource.js'

/**
 * One body, its authority and the replicas around it, one step at a time. The authority judges with the real check;
 * replicas keep a confirmed state and an outbox as bytes, and deliver nothing by themselves.
 */
export class BodyRoom {
  readonly replicas: RoomReplica[] = []
  /** Null: there is no such record. */
  state: Uint8Array | null = Y.encodeStateAsUpdate(new Y.Doc())
  isRefusing = false
  readonly #userByClientId = new Map<number, string>()

  join(userId: string): RoomReplica {
    const replica = new RoomReplica(this, userId)
    this.replicas.push(replica)
    return replica
  }

  /** Decides about one update, and puts what is new on its way to every replica. */
  decide(update: Uint8Array, userId: string): boolean {
    if (this.isRefusing) return false
    const state = this.state ?? Y.encodeStateAsUpdate(new Y.Doc())
    const verdict = checkBodyUpdate({
      body: indexOfState(state),
      update,
      allowedRoots: 'any',
      boundUserOf: clientId => this.#userByClientId.get(clientId),
      userId,
      currentBytes: state.byteLength,
      maxBodyBytes: 8_000_000,
    })
    if (verdict.kind === 'refused') return false
    if (verdict.kind === 'contained') return true
    for (const clientId of verdict.newClientIDs) this.#userByClientId.set(clientId, userId)
    this.state = mergeUpdates([state, verdict.update])
    for (const replica of this.replicas) replica.tell({ kind: 'update', update: verdict.update })
    return true
  }

  /** Delivers everything both ways until nothing is on its way. */
  async settle(): Promise<void> {
    for (;;) {
      await turn()
      const isMoved = this.replicas.map(replica => replica.push() || replica.hear()).some(Boolean)
      if (!isMoved) return
    }
  }

  text(name: string): string {
    const doc = new Y.Doc()
    if (this.state !== null) Y.applyUpdate(doc, this.state)
    return doc.getText(name).toString()
  }
}

/** A replica without rows: a body source and what it would keep. */
export class RoomReplica implements BodySource {
  readonly userId: string
  readonly #room: BodyRoom
  readonly #listeners = new Set<(event: BodyEvent) => void>()
  readonly #inbound: BodyEvent[] = []
  confirmed: Uint8Array | null = null
  outbox: Uint8Array[] = []
  /** The updates that were refused. */
  readonly inbox: Uint8Array[] = []
  readonly awareness: Uint8Array[] = []
  loads = 0
  isOnline = true
  isComplete = true
  isFull = false

  constructor(room: BodyRoom, userId: string) {
    this.#room = room
    this.userId = userId
    this.confirmed = room.state
  }

  async load(_key: RowKey): Promise<BodyBytes> {
    this.loads++
    return { state: this.confirmed, pending: [...this.outbox], isComplete: this.isComplete }
  }

  watch(_key: RowKey, listener: (event: BodyEvent) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  write(_key: RowKey, update: Uint8Array): Receipt {
    if (this.isFull) throw new Error('OUTBOX_FULL')
    this.outbox.push(update)
    return {
      writeId: 'w',
      saved: Promise.resolve(),
      outcome: new Promise(() => undefined),
      cancel: () => Promise.resolve(false),
    }
  }

  sendAwareness(_key: RowKey, update: Uint8Array): void {
    this.awareness.push(update)
    for (const other of this.#room.replicas) if (other !== this) other.tell({ kind: 'awareness', update })
  }

  get isWatched(): boolean {
    return this.#listeners.size > 0
  }

  tell(event: BodyEvent): void {
    this.#inbound.push(event)
  }

  /** Has the authority decide about the oldest update; a refused one leaves the outbox and the body is rebuilt. */
  push(): boolean {
    const update = this.isOnline ? this.outbox.shift() : undefined
    if (update === undefined) return false
    if (!this.#room.decide(update, this.userId)) {
      this.inbox.push(update)
      this.tell({ kind: 'rebuild' })
    } else if (this.confirmed !== null) {
      // Its own update comes back too; until then it stays visible by this.
      this.confirmed = mergeUpdates([this.confirmed, update])
    }
    return true
  }

  /** Takes in the oldest event. */
  hear(): boolean {
    const event = this.isOnline ? this.#inbound.shift() : undefined
    if (event === undefined) return false
    if (event.kind === 'update') {
      this.confirmed = this.confirmed === null ? event.update : mergeUpdates([this.confirmed, event.update])
    }
    for (const listener of [...this.#listeners]) listener(event)
    return true
  }
}

/** Everything that was queued as a microtask has run. */
export const turn = (): Promise<void> => new Promise(resolve => setImmediate(resolve))
