import type { RecordState, RowValues } from '@tidemark/core'
import type * as Y from 'yjs'
import type { FoundRecord, RecordKey, StoredReplica } from '../store/Store.js'

/** An open body and what is known of its size. */
export interface HotBody {
  readonly doc: Y.Doc
  seq: number
  /** Bytes of its state when last encoded, and of all updates since. */
  bytes: number
  /** Bytes of its state when last encoded. */
  measuredBytes: number
}

export const keyOf = ({ collection, id }: RecordKey): string => `${collection}/${id}`

/**
 * What the authority has at hand of one workspace: the store's content with every decided change on top,
 * committed or not. It is dropped whole when a commit fails, so it needs no way back.
 */
export class WorkspaceMemory {
  readonly records = new HotMap<RecordState | null>()
  readonly bodies = new HotMap<HotBody | null>()
  readonly replicas = new HotMap<StoredReplica | null>()
  readonly writers = new HotMap<string | null>()
  /** Results of list reads that a waiting command asked for, by the read's name. */
  readonly lists = new Map<string, readonly FoundRecord[]>()
  /** Keys decided and not yet in the store, by collection: lists from the store are corrected by them. */
  readonly dirtyByCollection = new Map<string, Map<string, number>>()

  constructor(
    public head: number,
    public epoch: number,
  ) {}

  markDirty({ collection, id }: RecordKey): void {
    const dirty = this.dirtyByCollection.get(collection) ?? new Map<string, number>()
    this.dirtyByCollection.set(collection, dirty.set(id, this.head))
  }

  /** Everything up to `seq` is in the store now. */
  committedUpTo(seq: number): void {
    for (const [collection, dirty] of this.dirtyByCollection) {
      for (const [id, at] of dirty) if (at <= seq) dirty.delete(id)
      if (dirty.size === 0) this.dirtyByCollection.delete(collection)
    }
  }

  isDirty({ collection, id }: RecordKey): boolean {
    return this.dirtyByCollection.get(collection)?.has(id) ?? false
  }

  visibleRow(key: RecordKey): RowValues | undefined {
    const state = this.records.get(keyOf(key))
    return state && !state.removed ? state.values : undefined
  }
}

/**
 * A map in two generations: what was not asked for during a whole generation is dropped. As good as least
 * recently used, at the price of two look-ups.
 */
class HotMap<T> {
  #young = new Map<string, T>()
  #old = new Map<string, T>()

  get(key: string): T | undefined {
    const young = this.#young.get(key)
    if (young !== undefined) return young
    const old = this.#old.get(key)
    if (old !== undefined) this.#young.set(key, old)
    return old
  }

  has(key: string): boolean {
    return this.get(key) !== undefined
  }

  set(key: string, value: T): void {
    this.#young.set(key, value)
    this.#old.delete(key)
  }

  /** Starts a new generation when this one holds more than `bound`. Call it when nothing is undecided or uncommitted. */
  age(bound: number): void {
    if (this.#young.size <= bound) return
    this.#old = this.#young
    this.#young = new Map()
  }
}
