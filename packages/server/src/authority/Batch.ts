import { type CommittedChange, openBody, type RecordState, type RoutedAnswer, stateOfBody } from '@tidemark/core'
import { applyUpdate } from 'yjs'
import type { RecordKey, StoredReplica, WorkspaceCommit } from '../store/Store.js'
import type { Draft } from './Draft.js'
import type { Decided, Task } from './Task.js'
import { type HotBody, keyOf, type WorkspaceMemory } from './WorkspaceMemory.js'

/** Bodies up to this size are stored whole with each commit; larger ones as log entries that are folded later. */
const smallBodyBytes = 8 << 10

/** Why a mutation cannot be here. */
export type Misplacement = 'OUT_OF_ORDER' | 'WRONG_USER'

/** What was decided and is not yet committed of one workspace. */
export class Batch {
  readonly from: number
  to: number
  readonly tasks: Task[] = []
  readonly changes: CommittedChange[] = []
  readonly answers: RoutedAnswer[] = []
  readonly resolved: (readonly [ticket: number, decided: Decided])[] = []
  readonly misplaced = new Map<string, Misplacement>()
  readonly replicas = new Map<string, StoredReplica>()
  readonly #records = new Map<string, RecordKey & { readonly state: RecordState }>()
  readonly #bodies = new Map<string, RecordKey>()
  readonly #writers = new Map<number, string>()

  constructor(private readonly memory: WorkspaceMemory) {
    this.from = memory.head
    this.to = memory.head
  }

  /** An accepted mutation's writes become the workspace's. */
  keep(draft: Draft): void {
    const { records, bodyUpdates, writers } = draft.written
    const { memory } = this
    memory.head += draft.changes.length
    this.to = memory.head
    this.changes.push(...draft.changes)
    for (const [name, record] of records) {
      memory.records.set(name, record.state)
      memory.markDirty(record)
      this.#records.set(name, record)
      if (record.state.removed) this.#forgetBody(name)
    }
    for (const { key, update, seq } of bodyUpdates) this.#grow(key, update, seq)
    for (const [clientId, userId] of writers) {
      memory.writers.set(String(clientId), userId)
      this.#writers.set(clientId, userId)
    }
  }

  keepReplica(replica: StoredReplica): void {
    this.memory.replicas.set(replica.replica, replica)
    this.replicas.set(replica.replica, replica)
  }

  commit(workspace: string): WorkspaceCommit {
    const bodies: WorkspaceCommit['bodies'][number][] = []
    for (const [name, key] of this.#bodies) {
      const hot = this.memory.bodies.get(name)
      if (!hot || hot.bytes > smallBodyBytes) continue
      const state = stateOfBody(hot.doc)
      hot.bytes = state.byteLength
      bodies.push({ ...key, seq: hot.seq, state })
    }
    return {
      workspace,
      from: this.from,
      to: this.to,
      changes: this.changes,
      records: [...this.#records.values()],
      bodies,
      replicas: [...this.replicas.values()],
      writers: [...this.#writers].map(([clientId, userId]) => ({ clientId, userId })),
    }
  }

  #grow(key: RecordKey, update: Uint8Array, seq: number): void {
    const name = keyOf(key)
    let hot = this.memory.bodies.get(name)
    if (!hot) {
      hot = { doc: openBody(undefined, name), seq, bytes: 0, measuredBytes: 0 }
      this.memory.bodies.set(name, hot)
    }
    applyUpdate(hot.doc, update)
    hot.seq = seq
    hot.bytes += update.byteLength
    measure(hot)
    this.#bodies.set(name, key)
  }

  #forgetBody(name: string): void {
    this.memory.bodies.set(name, null)
    this.#bodies.delete(name)
  }
}

/** Updates add up to more than the state they make: a grown body is measured anew now and then. */
function measure(hot: HotBody): void {
  if (hot.bytes < hot.measuredBytes * 1.5 + (64 << 10)) return
  hot.bytes = stateOfBody(hot.doc).byteLength
  hot.measuredBytes = hot.bytes
}
