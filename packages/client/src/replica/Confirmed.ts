import { mergeUpdates, type RowValues } from '@tidemark/core'
import type { ReplicaMeta, StoredRow, StoredSubscription } from '../storage/ReplicaStorage.js'
import { viewsAfter } from './coverage.js'
import type { BodyDelta, Delta } from './Delta.js'
import { rowKeyOf, rowRef } from './RowRef.js'

/** A confirmed row in memory. */
export interface ConfirmedRow {
  readonly values: RowValues
  /** Subscriptions that cover it: all loaded ones, and if `isRead` the stored ones too. */
  readonly views: ReadonlySet<string>
  readonly isRead: boolean
  /** The storage version it is of; what is older than that is not news. */
  readonly version: number
}

/**
 * The confirmed side of the replica in memory: the rows and bodies of loaded subscriptions, and where each
 * subscription stands. Changed by whole deltas only, never by a local write. [G5]
 */
export class Confirmed {
  readonly #rowsByCollection = new Map<string, Map<string, ConfirmedRow>>()
  readonly #refsByView = new Map<string, Set<string>>()
  /** Loaded subscriptions, and the storage version they were loaded at. */
  readonly #loaded = new Map<string, number>()
  readonly #bodies = new Map<string, Uint8Array[]>()
  readonly #subscriptions = new Map<string, StoredSubscription>()
  readonly #live = new Set<string>()
  readonly #gone = new Map<string, 'deleted' | 'denied'>()
  /** Live in a session that is over, and not stored since. */
  readonly #unsettled = new Set<string>()
  #position = { serial: 0, cursor: 0 }
  /** The latest storage version that came as a delta. */
  #applied = 0

  /** Takes over where all subscriptions stand, as the storage has it; nothing is live yet. */
  open(meta: ReplicaMeta, subscriptions: readonly StoredSubscription[]): void {
    this.#subscriptions.clear()
    this.#live.clear()
    this.#position = meta.live
    this.#unsettled.clear()
    for (const subscription of subscriptions) {
      if (subscription.liveIn === meta.live.serial) this.#unsettled.add(subscription.key)
      this.#subscriptions.set(subscription.key, settledAt(subscription, meta.live))
    }
  }

  row(collection: string, id: string): ConfirmedRow | undefined {
    return this.#rowsByCollection.get(collection)?.get(id)
  }

  rows(collection: string): ReadonlyMap<string, ConfirmedRow> {
    return this.#rowsByCollection.get(collection) ?? noRows
  }

  /** The records that a loaded subscription covers. */
  refsOf(view: string): ReadonlySet<string> {
    return this.#refsByView.get(view) ?? noRefs
  }

  /** The subscription as of now: if it is live, its cursor is the session's position. */
  subscription(key: string): StoredSubscription | undefined {
    const subscription = this.#subscriptions.get(key)
    if (subscription === undefined || !this.#live.has(key)) return subscription
    return settledAt(subscription, this.#position)
  }

  get keys(): Iterable<string> {
    return this.#subscriptions.keys()
  }

  get position(): number {
    return this.#position.cursor
  }

  /** It is current, and here: in another tab it may be live while this one still reads it. */
  isLive(key: string): boolean {
    return this.#live.has(key) && this.#loaded.has(key)
  }

  get loadedKeys(): readonly string[] {
    return [...this.#loaded.keys()]
  }

  isLoaded(key: string): boolean {
    return this.#loaded.has(key)
  }

  /** Whether the storage has subscriptions of the collection whose rows are not in memory. */
  hasUnloaded(collection: string): boolean {
    for (const key of this.#subscriptions.keys()) {
      if (!this.#loaded.has(key) && key.startsWith(`${collection}/`, 2) && key[0] !== 'b') return true
    }
    return false
  }

  /** Why a record that was here is not any more. */
  whyGone(ref: string): 'deleted' | 'denied' | undefined {
    return this.#gone.get(ref)
  }

  /**
   * Whether what is confirmed of a record may be shown in a list that does not cover it, for its pending writes: there is
   * nothing, or something that knows as much as the list does covers it. Else it may have been taken from this reader. [G2]
   */
  isInSight(collection: string, id: string, list: string): boolean {
    const row = this.row(collection, id)
    if (row === undefined) return true
    return [...row.views].some(view => (this.isLive(list) ? this.isLive(view) : this.isLoaded(view)))
  }

  /** What a write to the record has seen: as far as anything that covers it has come. */
  seenOf(collection: string, id: string): number {
    let seen = 0
    for (const view of this.row(collection, id)?.views ?? []) {
      seen = Math.max(seen, this.subscription(view)?.cursor ?? 0)
    }
    return seen
  }

  body(ref: string): Uint8Array | undefined {
    const pieces = this.#bodies.get(ref)
    if (pieces === undefined || pieces.length === 0) return undefined
    if (pieces.length > 1) this.#bodies.set(ref, [mergeUpdates(pieces)])
    return this.#bodies.get(ref)?.[0]
  }

  /** What the body is made of; undefined if it is not loaded. */
  bodyPieces(ref: string): readonly Uint8Array[] | undefined {
    const pieces = this.#bodies.get(ref)
    return pieces && [...pieces]
  }

  /**
   * Puts in what the storage has of a subscription. Which loaded subscriptions cover a row is known here better, unless
   * the storage is ahead: what will still be heard of the row is no news then, so the storage's word on all of them is taken.
   */
  load(key: string, version: number, rows: readonly StoredRow[]): string[] {
    this.#loaded.set(key, version)
    const isAhead = version > this.#applied
    const touched: string[] = []
    for (const { collection, id, values, views } of rows) {
      const ref = rowRef(collection, id)
      const known = this.row(collection, id)
      const added = views.filter(view => isAhead || view === key || !this.#loaded.has(view))
      if (known === undefined) this.#put(ref, { values, views: new Set(added), isRead: true, version })
      else {
        const isOlder = known.version < version
        const views = new Set(isAhead && isOlder ? added : [...known.views, ...added])
        this.#put(ref, {
          values: isOlder ? values : known.values,
          views,
          isRead: true,
          version: isOlder ? version : known.version,
        })
      }
      touched.push(ref)
    }
    return touched
  }

  /** Puts in single rows ahead of the rest, and gives their refs. */
  glimpse(version: number, rows: readonly StoredRow[]): string[] {
    const added: string[] = []
    for (const { collection, id, values, views } of rows) {
      if (this.row(collection, id)) continue
      const ref = rowRef(collection, id)
      this.#put(ref, { values, views: new Set(views.filter(view => !this.#loaded.has(view))), isRead: true, version })
      added.push(ref)
    }
    return added
  }

  loadBody(ref: string, state: Uint8Array | undefined): void {
    if (!this.#bodies.has(ref)) this.#bodies.set(ref, state === undefined ? [] : [state])
  }

  /** Lets go of a subscription's rows, but for those that something else covers or `isNeeded` says so. */
  unload(key: string, isNeeded: (ref: string) => boolean): void {
    this.#loaded.delete(key)
    this.#live.delete(key)
    for (const ref of [...this.refsOf(key)]) if (!this.#isHeld(ref) && !isNeeded(ref)) this.#drop(ref)
    if (key.startsWith('b/')) this.#bodies.delete(key.slice(2))
  }

  /** Forgets all rows and subscriptions, and gives the refs. Bodies stay: they only grow. */
  clear(): Set<string> {
    const refs = new Set<string>()
    for (const [collection, rows] of this.#rowsByCollection)
      for (const id of rows.keys()) refs.add(rowRef(collection, id))
    this.#rowsByCollection.clear()
    this.#refsByView.clear()
    this.#loaded.clear()
    this.#subscriptions.clear()
    this.#live.clear()
    this.#applied = 0
    return refs
  }

  /** A live subscription is asked for again: until it is caught up it stands where it is. */
  pause(key: string): StoredSubscription | undefined {
    const subscription = this.subscription(key)
    if (subscription === undefined || !this.#live.delete(key)) return undefined
    this.#subscriptions.set(key, subscription)
    return subscription
  }

  get liveKeys(): readonly string[] {
    return [...this.#live]
  }

  /** Exactly these are live, as another tab says. */
  follow(live: readonly string[]): void {
    this.endSession()
    for (const key of live) this.#live.add(key)
  }

  /** Nothing is live any more: the session is over. */
  endSession(): void {
    for (const key of this.#live) {
      const subscription = this.subscription(key)
      if (subscription) this.#subscriptions.set(key, subscription)
      this.#unsettled.add(key)
    }
    this.#live.clear()
  }

  /** Begins a session: its serial, and what has to be stored now that the one before no longer speaks for it. */
  beginSession(): { readonly serial: number; readonly settled: readonly StoredSubscription[] } {
    const settled: StoredSubscription[] = []
    for (const key of this.#unsettled) {
      const subscription = this.#subscriptions.get(key)
      if (subscription) settled.push(subscription)
    }
    this.#unsettled.clear()
    return { serial: this.#position.serial + 1, settled }
  }

  /** Applies what a message brought and gives the records it touched. `version` orders it among what was loaded. */
  apply(delta: Delta, version: number): Set<string> {
    this.#applied = Math.max(this.#applied, version)
    const touched = new Set<string>()
    for (const row of delta.rows) {
      const ref = rowRef(row.collection, row.id)
      if (!this.#isNews(row, version)) continue
      const known = this.row(row.collection, row.id)
      const views = new Set(viewsAfter(known?.views ?? [], row.views, row))
      this.#put(ref, { values: row.values, views, isRead: row.isRead || known?.isRead === true, version })
      this.#gone.delete(ref)
      touched.add(ref)
    }
    for (const row of delta.droppedRows) {
      const ref = rowRef(row.collection, row.id)
      touched.add(ref)
      const known = this.row(row.collection, row.id)
      // What is loaded here and not in the leading tab may cover it still.
      const views = viewsAfter(known?.views ?? [], [], row)
      const isHeld = views.some(view => this.#loaded.has(view))
      if (row.why !== 'left' && !isHeld) this.#remember(ref, row.why)
      if (known === undefined || known.version > version) continue
      if (isHeld) this.#put(ref, { ...known, views: new Set(views), version })
      else this.#drop(ref)
    }
    if (delta.position) this.#position = delta.position
    for (const subscription of delta.subscriptions) this.#subscriptions.set(subscription.key, subscription)
    for (const key of delta.live) this.#live.add(key)
    for (const key of delta.forgotten) this.#subscriptions.delete(key)
    for (const body of delta.bodies) this.#applyBody(body)
    return touched
  }

  /** The leader learnt from the storage which subscriptions cover the row, unless that was read meanwhile. */
  readViews(ref: string, views: readonly string[]): void {
    const { collection, id } = rowKeyOf(ref)
    const row = this.row(collection, id)
    if (row && !row.isRead) this.#put(ref, { ...row, views: new Set(views), isRead: true })
  }

  #isNews(row: StoredRow, version: number): boolean {
    const known = this.row(row.collection, row.id)
    if (known) return known.version <= version
    return row.views.length === 0 || row.views.some(view => (this.#loaded.get(view) ?? Infinity) <= version)
  }

  #isHeld(ref: string): boolean {
    const { collection, id } = rowKeyOf(ref)
    for (const view of this.row(collection, id)?.views ?? []) if (this.#loaded.has(view)) return true
    return false
  }

  #put(ref: string, row: ConfirmedRow): void {
    const { collection, id } = rowKeyOf(ref)
    const rows = this.#rowsByCollection.get(collection) ?? new Map<string, ConfirmedRow>()
    this.#rowsByCollection.set(collection, rows)
    const known = rows.get(id)
    rows.set(id, row)
    for (const view of row.views) {
      if (known?.views.has(view)) continue
      const refs = this.#refsByView.get(view)
      if (refs) refs.add(ref)
      else this.#refsByView.set(view, new Set([ref]))
    }
    for (const view of known?.views ?? []) if (!row.views.has(view)) this.#unlist(view, ref)
  }

  #drop(ref: string): void {
    const { collection, id } = rowKeyOf(ref)
    for (const view of this.row(collection, id)?.views ?? []) this.#unlist(view, ref)
    this.#rowsByCollection.get(collection)?.delete(id)
  }

  #unlist(view: string, ref: string): void {
    const refs = this.#refsByView.get(view)
    refs?.delete(ref)
    if (refs?.size === 0) this.#refsByView.delete(view)
  }

  #remember(ref: string, why: 'removed' | 'denied'): void {
    if (this.#gone.size >= maxGone) this.#gone.delete(this.#gone.keys().next().value as string)
    this.#gone.set(ref, why === 'removed' ? 'deleted' : 'denied')
  }

  #applyBody(body: BodyDelta): void {
    const ref = rowRef(body.collection, body.id)
    const pieces = this.#bodies.get(ref)
    if (pieces === undefined) return
    if (body.kind === 'update') pieces.push(body.update)
    else this.#bodies.set(ref, body.kind === 'state' ? [body.state] : [])
  }
}

/** How many records that went away are remembered with the reason. */
const maxGone = 10_000
const noRows: ReadonlyMap<string, ConfirmedRow> = new Map()
const noRefs: ReadonlySet<string> = new Set()

/** With its cursor in plain sight: if it was live in that session, it came as far as that did. */
function settledAt(subscription: StoredSubscription, position: { serial: number; cursor: number }): StoredSubscription {
  const { liveIn, ...rest } = subscription
  if (liveIn !== position.serial) return liveIn === undefined ? subscription : rest
  return { ...rest, cursor: Math.max(rest.cursor, position.cursor) }
}
