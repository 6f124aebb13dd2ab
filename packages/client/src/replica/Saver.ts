import { type Clock, mergeUpdates } from '@tidemark/core'
import type { ReplicaBatch, ReplicaStorage, RowKey, StoredBody } from '../storage/ReplicaStorage.js'
import type { Confirmed } from './Confirmed.js'
import { type Delta, emptyDelta } from './Delta.js'
import { rowKeyOf, rowRef } from './RowRef.js'

const retryMs = 5_000

/**
 * Stores deltas in the leading tab: one transaction after another, each with all that came in meanwhile, so rows, cursors
 * and outbox stay together. What the storage refuses is kept and tried again; the screen does not wait. [G5] [G13]
 */
export class Saver {
  readonly #storage: ReplicaStorage
  readonly #confirmed: Confirmed
  readonly #clock: Clock
  /** Tells the other tabs what is stored now. */
  readonly #stored: (delta: Delta, version: number) => void
  #waiting: Delta[] = []
  #saving: Delta | null = null
  /** The pieces of bodies that are to be stored, taken while they are in memory; null: to be dropped. */
  #bodies = new Map<string, readonly Uint8Array[] | null>()
  #version: number
  #promised = 0
  #idle: (() => void)[] = []
  #isClosed = false

  constructor(
    storage: ReplicaStorage,
    confirmed: Confirmed,
    clock: Clock,
    version: number,
    stored: (delta: Delta, version: number) => void,
  ) {
    this.#storage = storage
    this.#confirmed = confirmed
    this.#clock = clock
    this.#version = version
    this.#stored = stored
  }

  /**
   * The version under which what is added now will be stored, unless the storage refuses. It never goes back then either:
   * what is newer must not look older.
   */
  get nextVersion(): number {
    this.#promised = Math.max(this.#promised, this.#version + (this.#saving ? 2 : 1))
    return this.#promised
  }

  add(delta: Delta): void {
    this.#waiting.push(delta)
    for (const { collection, id, kind } of delta.bodies) {
      const ref = rowRef(collection, id)
      const pieces = kind === 'dropped' ? null : this.#confirmed.bodyPieces(ref)
      if (pieces !== undefined) this.#bodies.set(ref, pieces)
    }
    // What came in one frame is one transaction.
    queueMicrotask(() => void this.#save())
  }

  /** Whether a subscription went live by something that is not stored yet. */
  makesLive(key: string): boolean {
    return [...this.#waiting, this.#saving].some(delta => delta?.live.includes(key))
  }

  /** Resolves when nothing waits to be stored. */
  async idle(): Promise<void> {
    if (!this.#saving && this.#waiting.length === 0) return
    await new Promise<void>(resolve => this.#idle.push(resolve))
  }

  close(): void {
    this.#isClosed = true
    this.#waiting = []
    this.#release()
  }

  async #save(): Promise<void> {
    if (this.#saving || this.#isClosed) return
    if (this.#waiting.length === 0) {
      this.#release()
      return
    }
    const delta = joinDeltas(this.#waiting)
    const bodies = this.#bodies
    this.#waiting = []
    this.#bodies = new Map()
    this.#saving = delta
    try {
      await this.#store(delta, bodies)
      this.#version++
      this.#saving = null
      this.#stored(delta, this.#version)
    } catch {
      this.#saving = null
      this.#waiting.unshift(delta)
      this.#bodies = new Map([...bodies, ...this.#bodies])
      this.#clock.after(retryMs, () => void this.#save())
      return
    }
    void this.#save()
  }

  async #store(delta: Delta, piecesByRef: ReadonlyMap<string, readonly Uint8Array[] | null>): Promise<void> {
    const { rows, dropped } = await this.#withStoredViews(delta)
    const bodies: StoredBody[] = []
    const droppedBodies: RowKey[] = []
    for (const [ref, pieces] of piecesByRef) {
      if (pieces === null) droppedBodies.push(rowKeyOf(ref))
      else bodies.push({ ...rowKeyOf(ref), state: mergeUpdates(pieces) })
    }
    const answered = delta.answers.map(({ number }) => number)
    const batch: ReplicaBatch = {
      version: this.#version + 1,
      meta: {
        ...delta.meta,
        ...(delta.position ? { live: delta.position } : {}),
        ...(answered.length > 0 ? { answeredNumber: Math.max(...answered) } : {}),
      },
      rows,
      droppedRows: dropped,
      bodies,
      droppedBodies,
      subscriptions: delta.subscriptions,
      droppedSubscriptions: delta.forgotten,
      settled: answered,
      rejections: delta.rejections,
    }
    await this.#storage.apply(batch)
  }

  /**
   * A row that came by a message says only which loaded subscriptions cover it; the storage may know of others, which
   * must not lose it.
   */
  async #withStoredViews(delta: Delta): Promise<Pick<ReplicaBatch, 'rows'> & { dropped: ReplicaBatch['droppedRows'] }> {
    const unread = [...delta.rows, ...delta.droppedRows].filter(({ isRead }) => !isRead)
    const collections = new Set(unread.map(({ collection }) => collection))
    for (const collection of collections) if (!this.#confirmed.hasUnloaded(collection)) collections.delete(collection)
    const rowOf = ({ collection, id, values, views }: Delta['rows'][number]) => ({ collection, id, values, views })
    const keyOf = ({ collection, id }: { collection: string; id: string }) => ({ collection, id })
    if (collections.size === 0) return { rows: delta.rows.map(rowOf), dropped: delta.droppedRows.map(keyOf) }
    const stored = new Map<string, readonly string[]>()
    const kept = []
    const { rows: found } = await this.#storage.rows({
      keys: unread.filter(({ collection }) => collections.has(collection)).map(keyOf),
    })
    for (const { collection, id, views } of found) {
      const others = views.filter(view => !this.#confirmed.isLoaded(view))
      if (others.length > 0) stored.set(rowRef(collection, id), others)
    }
    for (const row of found) {
      const others = stored.get(rowRef(row.collection, row.id))
      const isDropped = delta.droppedRows.some(
        dropped => dropped.id === row.id && dropped.collection === row.collection,
      )
      if (others && isDropped) kept.push({ ...row, views: others })
    }
    const keptRefs = new Set(kept.map(row => rowRef(row.collection, row.id)))
    const rows = delta.rows.map(row => {
      const ref = rowRef(row.collection, row.id)
      const others = stored.get(ref)
      if (others === undefined || keptRefs.has(ref)) return rowOf(row)
      this.#confirmed.addStoredViews(ref, others)
      return { ...rowOf(row), views: [...new Set([...row.views, ...others])] }
    })
    return {
      rows: [...rows, ...kept],
      dropped: delta.droppedRows.filter(({ collection, id }) => !keptRefs.has(rowRef(collection, id))).map(keyOf),
    }
  }

  #release(): void {
    const waiters = this.#idle
    this.#idle = []
    for (const resolve of waiters) resolve()
  }
}

/** Several deltas as one: what they touch is as the last one has it. */
export function joinDeltas(deltas: readonly Delta[]): Delta {
  const [only] = deltas
  if (only === undefined) return emptyDelta
  if (deltas.length === 1) return only
  const rows = new Map<string, Delta['rows'][number]>()
  const dropped = new Map<string, Delta['droppedRows'][number]>()
  const subscriptions = new Map<string, Delta['subscriptions'][number]>()
  const live = new Set<string>()
  const forgotten = new Set<string>()
  let position: Delta['position'] = null
  let meta: Delta['meta'] = {}
  for (const delta of deltas) {
    for (const row of delta.rows) {
      rows.set(rowRef(row.collection, row.id), row)
      dropped.delete(rowRef(row.collection, row.id))
    }
    for (const row of delta.droppedRows) {
      dropped.set(rowRef(row.collection, row.id), row)
      rows.delete(rowRef(row.collection, row.id))
    }
    for (const subscription of delta.subscriptions) {
      subscriptions.set(subscription.key, subscription)
      forgotten.delete(subscription.key)
    }
    for (const key of delta.live) live.add(key)
    for (const key of delta.forgotten) {
      forgotten.add(key)
      subscriptions.delete(key)
    }
    position = delta.position ?? position
    meta = { ...meta, ...delta.meta }
  }
  return {
    rows: [...rows.values()],
    droppedRows: [...dropped.values()],
    subscriptions: [...subscriptions.values()],
    live: [...live],
    forgotten: [...forgotten],
    position,
    bodies: deltas.flatMap(delta => delta.bodies),
    answers: deltas.flatMap(delta => delta.answers),
    rejections: deltas.flatMap(delta => delta.rejections),
    events: deltas.flatMap(delta => delta.events),
    meta,
  }
}
