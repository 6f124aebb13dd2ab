import {
  type BodyChange,
  type CommittedChange,
  compareRows,
  compileMatcher,
  type ListQuery,
  queryRowOf,
  type RecordState,
  type RowValues,
  UnreadSignal,
} from '@tidemark/core'
import type { FoundRecord, Read, RecordKey, StoredReplica } from '../store/Store.js'
import { type HotBody, keyOf, type WorkspaceMemory } from './WorkspaceMemory.js'

/**
 * One mutation's view of the workspace while it is decided: reads see memory with the mutation's own writes
 * on top, writes stay here. Kept (`keep`) or forgotten as a whole, so nothing half done is ever visible.
 *
 * A read that is not in memory throws `UnreadSignal` with what to load; the mutation is decided again then.
 */
export class Draft {
  readonly changes: CommittedChange[] = []
  readonly #records = new Map<string, RecordKey & { readonly state: RecordState }>()
  readonly #bodyUpdates: { readonly key: RecordKey; readonly update: Uint8Array; readonly seq: number }[] = []
  readonly #writers = new Map<number, string>()
  readonly #unknownInserts: RecordKey[] = []
  readonly #unknownWriters: number[] = []

  constructor(private readonly memory: WorkspaceMemory) {}

  /** The seq of the next change. */
  get nextSeq(): number {
    return this.memory.head + this.changes.length + 1
  }

  record(key: RecordKey): RecordState | null {
    const name = keyOf(key)
    const own = this.#records.get(name)
    if (own !== undefined) return own.state
    const known = this.memory.records.get(name)
    if (known === undefined) throw unread(`record:${name}`, { kind: 'records', keys: [key] })
    return known
  }

  /**
   * The record that an insert would meet. What is not in memory is taken for absent and noted, so that a command that
   * inserts many is run twice, not once for each: `mustKnowInserted` ends the first run.
   */
  recordToInsert(key: RecordKey): RecordState | null {
    const name = keyOf(key)
    const known = this.#records.get(name)?.state ?? this.memory.records.get(name)
    if (known !== undefined) return known
    this.#unknownInserts.push(key)
    return null
  }

  /** Whose the clientID of start texts is, noted likewise. */
  writerOfInserted(clientId: number): string | undefined {
    const known = this.#writers.get(clientId) ?? this.memory.writers.get(String(clientId))
    if (known === undefined) this.#unknownWriters.push(clientId)
    return known ?? undefined
  }

  mustKnowInserted(): void {
    const keys = this.#unknownInserts
    const clientIds = this.#unknownWriters
    if (keys.length > 0) throw unread('record:inserted', { kind: 'records', keys })
    if (clientIds.length > 0) throw unread('writer:inserted', { kind: 'writers', clientIds })
  }

  /** The values of a record that is there. */
  row(key: RecordKey): RowValues | undefined {
    const state = this.record(key)
    return state === null || state.removed ? undefined : state.values
  }

  /** A list as it would be if all that was decided were in the store. [G12] */
  list(collection: string, query: ListQuery): readonly RowValues[] {
    const touched = new Map<string, RowValues | undefined>()
    for (const id of this.memory.dirtyByCollection.get(collection)?.keys() ?? []) {
      touched.set(id, this.row({ collection, id }))
    }
    for (const own of this.#records.values()) {
      if (own.collection === collection) touched.set(own.id, own.state.removed ? undefined : own.state.values)
    }
    const limit = query.limit === null ? null : query.limit + touched.size
    const stored = this.#storedList(collection, { ...query, limit })
    const rows = stored.filter(({ id }) => !touched.has(id)).map(({ id, state }) => queryRowOf(id, state.values))
    const matches = compileMatcher(query.where)
    for (const [id, values] of touched) {
      if (values === undefined) continue
      const row = queryRowOf(id, values)
      if (matches(row)) rows.push(row)
    }
    if (touched.size > 0) rows.sort(compareRows(query.orderBy))
    return query.limit === null ? rows : rows.slice(0, query.limit)
  }

  body(key: RecordKey): HotBody | null {
    const known = this.memory.bodies.get(keyOf(key))
    if (known === undefined) throw unread(`body:${keyOf(key)}`, { kind: 'body', key })
    return known
  }

  writer(clientId: number): string | undefined {
    const own = this.#writers.get(clientId)
    if (own !== undefined) return own
    const known = this.memory.writers.get(String(clientId))
    if (known === undefined) throw unread(`writer:${clientId}`, { kind: 'writers', clientIds: [clientId] })
    return known ?? undefined
  }

  replica(replica: string): StoredReplica | null {
    const known = this.memory.replicas.get(replica)
    if (known === undefined) throw unread(`replica:${replica}`, { kind: 'replicas', replicas: [replica] })
    return known
  }

  put(key: RecordKey, state: RecordState, change: CommittedChange): void {
    this.#records.set(keyOf(key), { ...key, state })
    this.changes.push(change)
  }

  /** A body grows; the update has been checked. */
  grow(change: BodyChange, newWriters: readonly number[]): void {
    const { collection, id, update, seq, userId } = change
    this.#bodyUpdates.push({ key: { collection, id }, update, seq })
    for (const clientId of newWriters) this.#writers.set(clientId, userId)
    this.changes.push(change)
  }

  /** An entry of the log that touches no record. */
  note(change: CommittedChange): void {
    this.changes.push(change)
  }

  /** Everything that this draft wrote, for `keep`. */
  get written(): {
    readonly records: ReadonlyMap<string, RecordKey & { readonly state: RecordState }>
    readonly bodyUpdates: readonly { readonly key: RecordKey; readonly update: Uint8Array; readonly seq: number }[]
    readonly writers: ReadonlyMap<number, string>
  } {
    return { records: this.#records, bodyUpdates: this.#bodyUpdates, writers: this.#writers }
  }

  #storedList(collection: string, query: ListQuery): readonly FoundRecord[] {
    const name = `list:${collection}:${JSON.stringify(query)}`
    const known = this.memory.lists.get(name)
    if (known === undefined) throw unread(name, { kind: 'list', collection, query })
    return known
  }
}

/** What has to be loaded before a mutation can be decided, under the name it has in memory. */
export interface Unread {
  readonly name: string
  readonly read: Read
}

function unread(name: string, read: Read): UnreadSignal<Unread> {
  return new UnreadSignal<Unread>({ name, read })
}
