import { type Clock, mergeUpdates } from '@tidemark/core'
import type {
  ReplicaBatch,
  ReplicaStorage,
  RowKey,
  StoredBody,
  StoredReader,
  StoredRow,
  StoredRows,
} from '../storage/ReplicaStorage.js'
import type { Confirmed } from './Confirmed.js'
import { viewsAfter } from './coverage.js'
import type { Delta } from './Delta.js'
import { joinDeltas } from './joinDeltas.js'
import { rowKeyOf, rowRef } from './RowRef.js'

const retryMs = 5_000
/** What is kept of what the storage refuses: two of the largest bodies that a node takes by default. [G10] */
const maxRefusedBytes = 16 << 20
/** About what a row or an event takes in memory. */
const rowBytes = 500

/**
 * Stores deltas in the leading tab: one transaction after another, each with all that came in meanwhile, so rows, cursors
 * and outbox stay together. What the storage refuses is kept and tried again; the screen does not wait. [G5] [G13]
 */
export class Saver implements StoredReader {
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
  /** The storage has refused, and is left alone for a while. */
  #cancelRetry: (() => void) | null = null
  #refusedBytes = 0
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
    if (this.#cancelRetry) this.#refusedBytes += bytesOf(delta)
    for (const { collection, id, kind } of delta.bodies) {
      const ref = rowRef(collection, id)
      const pieces = kind === 'dropped' ? null : this.#confirmed.bodyPieces(ref)
      if (pieces !== undefined) this.#bodies.set(ref, pieces)
    }
    // What came in one frame is one transaction.
    queueMicrotask(() => {
      if (this.#cancelRetry === null) void this.#save()
    })
  }

  /** Nothing waits to be stored. */
  get isIdle(): boolean {
    return this.#saving === null && this.#waiting.length === 0
  }

  /** The storage has refused so much that no more is to be taken in before it is stored. */
  get isOverfull(): boolean {
    return this.#refusedBytes > maxRefusedBytes
  }

  /** Whether a subscription went live by something that is not stored yet. */
  makesLive(key: string): boolean {
    return this.#unstored.some(delta => delta.live.includes(key))
  }

  /** Tries at once, and resolves when nothing waits to be stored or the storage has refused what does. */
  async idle(): Promise<void> {
    if (this.isIdle || this.#isClosed) return
    const settled = new Promise<void>(resolve => this.#idle.push(resolve))
    void this.#save()
    await settled
  }

  /** What the storage has, but for rows that are known to be gone and could not be taken out of it yet. [G2] */
  async rows(of: Parameters<ReplicaStorage['rows']>[0]): Promise<StoredRows> {
    const { version, rows } = await this.#storage.rows(of)
    const { droppedRows } = joinDeltas(this.#unstored)
    const gone = new Set(
      droppedRows.filter(({ why }) => why !== 'left').map(({ collection, id }) => rowRef(collection, id)),
    )
    return { version, rows: rows.filter(({ collection, id }) => !gone.has(rowRef(collection, id))) }
  }

  body(key: RowKey): Promise<StoredBody | undefined> {
    return this.#storage.body(key)
  }

  close(): void {
    this.#isClosed = true
    this.#cancelRetry?.()
    this.#waiting = []
    this.#release()
  }

  async #save(): Promise<void> {
    if (this.#saving || this.#isClosed) return
    this.#cancelRetry?.()
    this.#cancelRetry = null
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
      this.#refusedBytes = 0
      this.#stored(delta, this.#version)
    } catch {
      this.#saving = null
      this.#waiting.unshift(delta)
      this.#refusedBytes = this.#waiting.reduce((bytes, waiting) => bytes + bytesOf(waiting), 0)
      this.#bodies = new Map([...bodies, ...this.#bodies])
      this.#cancelRetry = this.#clock.after(retryMs, () => void this.#save())
      this.#release()
      return
    }
    void this.#save()
  }

  async #store(delta: Delta, piecesByRef: ReadonlyMap<string, readonly Uint8Array[] | null>): Promise<void> {
    const { rows, droppedRows } = await this.#withStoredViews(delta)
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
      droppedRows,
      bodies,
      droppedBodies,
      subscriptions: delta.subscriptions,
      droppedSubscriptions: delta.forgotten,
      settled: answered,
      rejections: delta.rejections,
      outcomes: delta.outcomes,
    }
    await this.#storage.apply(batch)
  }

  /** A row that came by a message may be covered by subscriptions that only the storage knows of: they must not lose it. */
  async #withStoredViews({ rows, droppedRows }: Delta): Promise<Pick<ReplicaBatch, 'rows' | 'droppedRows'>> {
    const stored = new Map<string, StoredRow>()
    const unread = [...rows, ...droppedRows].filter(({ isRead }) => !isRead)
    if (unread.length > 0) {
      const found = await this.#storage.rows({ keys: unread.map(keyOf) })
      for (const row of found.rows) stored.set(rowRef(row.collection, row.id), row)
    }
    const waiting = this.#waitingRefs
    const kept: StoredRow[] = []
    for (const row of rows) {
      const ref = rowRef(row.collection, row.id)
      const views = viewsAfter(stored.get(ref)?.views ?? [], row.views, row)
      kept.push({ ...keyOf(row), values: row.values, views })
      // The storage does not know yet what it has left or entered since.
      if (!row.isRead && !waiting.has(ref)) this.#confirmed.readViews(ref, views)
    }
    const dropped: RowKey[] = []
    for (const row of droppedRows) {
      const before = stored.get(rowRef(row.collection, row.id))
      const views = viewsAfter(before?.views ?? [], [], row)
      if (before && views.length > 0) kept.push({ ...before, views })
      else dropped.push(keyOf(row))
    }
    return { rows: kept, droppedRows: dropped }
  }

  /** In order. */
  get #unstored(): readonly Delta[] {
    return this.#saving ? [this.#saving, ...this.#waiting] : this.#waiting
  }

  /** What has changed since. */
  get #waitingRefs(): ReadonlySet<string> {
    const rows = this.#waiting.flatMap(delta => [...delta.rows, ...delta.droppedRows])
    return new Set(rows.map(({ collection, id }) => rowRef(collection, id)))
  }

  #release(): void {
    const waiters = this.#idle
    this.#idle = []
    for (const resolve of waiters) resolve()
  }
}

function bytesOf({ rows, droppedRows, events, bodies }: Delta): number {
  let bytes = (rows.length + droppedRows.length + events.length) * rowBytes
  for (const body of bodies) {
    if (body.kind === 'update') bytes += body.update.byteLength
    if (body.kind === 'state') bytes += body.state.byteLength
  }
  return bytes
}

const keyOf = ({ collection, id }: RowKey): RowKey => ({ collection, id })
