import { LiveResult, type QueryRow, type ResultChange } from '@tidemark/core'
import type { LiveList } from '../LiveState.js'
import type { ReplicaStep } from '../replica/Replica.js'
import { rowKeyOf, rowRef } from '../replica/RowRef.js'
import { isReachable } from '../session/isReachable.js'
import { isSameShape, StoreBase } from './StoreBase.js'
import { knowledgeOf, type Seed, type ViewWorld } from './ViewState.js'
import type { ListWatch } from './Watch.js'
import type { Watchlist } from './Watchlist.js'

export type AnyList = LiveList<QueryRow>

/**
 * One list over time. Its rows are those that the subscription covers and those with pending writes, as far as they match
 * here; before it was ever caught up, whatever the replica has.
 */
export class ListStore extends StoreBase<AnyList> {
  readonly watch: ListWatch
  readonly collection: string
  readonly #world: ViewWorld
  readonly #watchlist: Watchlist
  readonly #retry: () => void
  readonly #result: LiveResult
  readonly #pageSize: number | null
  #limit: number | null
  #need: { change(need: { limit: number | null; hasListeners: boolean }): void; end(): void } | null = null
  /** Whether the result holds only covered rows, or all there are; null: not fed yet. */
  #fed: 'covered' | 'all' | null = null
  #loadingMore = false
  #server: { readonly seed: Seed | undefined; readonly state: AnyList } | null = null

  constructor(watch: ListWatch, world: ViewWorld, watchlist: Watchlist, retry: () => void) {
    super()
    this.watch = watch
    this.collection = watch.target.collection
    this.#world = world
    this.#watchlist = watchlist
    this.#retry = retry
    this.#limit = watch.query.limit
    this.#pageSize = watch.query.limit
    this.#result = new LiveResult(watch.query)
  }

  /** Takes a step of the replica in. */
  take({ idsByCollection, keys }: ReplicaStep): void {
    if (this.#fed !== null) this.#feed(this.#concerned(idsByCollection.get(this.collection) ?? [], keys))
    if (keys === null || keys.has(this.watch.key)) {
      if (this.#world.replica.confirmed.isLive(this.watch.key)) this.#loadingMore = false
      this.#moveWindow()
    }
    this.refresh()
  }

  /** What is known of a subscription decides whether rows with pending writes may be shown: it is looked at again. */
  #concerned(ids: Iterable<string>, keys: ReplicaStep['keys']): Iterable<string> {
    if (keys !== null && keys.size === 0) return ids
    const concerned = new Set(ids)
    for (const ref of this.#world.replica.overlay.refs) {
      if (ref.startsWith(`${this.collection}/`)) concerned.add(rowKeyOf(ref).id)
    }
    return concerned
  }

  loadMore = (n?: number): void => {
    if (this.#limit === null) return
    this.#limit += n ?? this.#pageSize ?? 0
    this.#loadingMore = this.#bound !== null && this.isMounted
    this.#need?.change({ limit: this.#limit, hasListeners: false })
    this.#moveWindow()
    this.refresh()
  }

  protected override mounted(): void {
    this.#need = this.#watchlist.add(this.watch, { limit: this.#limit, hasListeners: false })
  }

  protected override unmounted(): void {
    this.#need?.end()
    this.#need = null
  }

  /** What the server painted, until the first commit; a server without a snapshot knows nothing. */
  override getServerSnapshot = (): AnyList => {
    const seed = this.#world.seeds.get(this.#seedKey)
    if (this.#server === null || this.#server.seed !== seed) {
      const base = { error: null, loadingMore: false, loadMore: this.loadMore, retry: this.#retry }
      const state: AnyList = {
        ...base,
        freshness: 'server-render',
        status: seed ? 'complete' : 'loading',
        data: seed?.rows ?? [],
        hasMore: seed?.hasMore ?? false,
      }
      this.#server = { seed, state }
    }
    return this.#server.state
  }

  protected compute(): AnyList {
    this.#feedAllIfNeeded()
    const knowledge = knowledgeOf(this.#world, this.watch.key, this.#seedKey)
    const { connection, refusal } = this.#world
    const base = {
      error: null,
      freshness: knowledge.freshness,
      loadingMore: this.#loadingMore && isReachable(connection),
      loadMore: this.loadMore,
      retry: this.#retry,
    }
    const rows = this.#world.replica.forApp(this.#result.rows)
    if (knowledge.seed)
      return { ...base, status: 'complete', data: knowledge.seed.rows, hasMore: knowledge.seed.hasMore }
    const hasMore = this.#limit !== null && (this.#bound !== null || this.#result.countWithin > this.#limit)
    const isDrained = this.#bound !== null && this.#limit !== null && this.#result.countWithin < this.#limit
    const list = { ...base, data: rows, hasMore }
    if (knowledge.isLive || (this.#loadingMore && knowledge.wasComplete && base.loadingMore)) {
      return { ...list, status: isDrained && !this.#loadingMore ? 'partial' : 'complete' }
    }
    if (knowledge.wasComplete || rows.length > 0) return { ...list, status: 'partial' }
    if (knowledge.isOffline && (knowledge.isLoaded || refusal !== null)) return { ...list, status: 'unavailable' }
    return { ...list, status: 'loading' }
  }

  protected isSame(a: AnyList, b: AnyList): boolean {
    return isSameShape(a, b)
  }

  /** Another number of rows is another picture. */
  get #seedKey(): string {
    return `${this.watch.key} ${this.#limit}`
  }

  get #bound(): readonly (string | number | boolean | null)[] | null {
    return this.#fed === 'covered' ? (this.#world.replica.confirmed.subscription(this.watch.key)?.bound ?? null) : null
  }

  #moveWindow(): void {
    this.#result.moveWindow({ bound: this.#bound, limit: this.#limit })
  }

  /** Which rows count changes once: when the subscription was caught up for the first time. */
  #feedAllIfNeeded(): void {
    const { confirmed, overlay } = this.#world.replica
    const wanted = knowledgeOf(this.#world, this.watch.key).wasComplete ? 'covered' : 'all'
    if (this.#fed === wanted) return
    this.#fed = wanted
    const ids = new Set<string>()
    for (const id of this.#knownIds) ids.add(id)
    for (const ref of overlay.refs) if (ref.startsWith(`${this.collection}/`)) ids.add(rowKeyOf(ref).id)
    if (wanted === 'all') for (const id of confirmed.rows(this.collection).keys()) ids.add(id)
    else for (const ref of confirmed.refsOf(this.watch.key)) ids.add(rowKeyOf(ref).id)
    this.#feed(ids)
    this.#moveWindow()
  }

  readonly #knownIds = new Set<string>()

  #feed(ids: Iterable<string>): void {
    const { replica } = this.#world
    const changes: ResultChange[] = []
    for (const id of ids) {
      const ref = rowRef(this.collection, id)
      const isCandidate =
        this.#fed === 'all' ||
        replica.confirmed.row(this.collection, id)?.views.has(this.watch.key) === true ||
        (replica.overlay.isPending(ref) && replica.confirmed.isInSight(this.collection, id, this.watch.key))
      const after = isCandidate ? replica.row(this.collection, id) : undefined
      if (after) this.#knownIds.add(id)
      else if (!this.#knownIds.delete(id)) continue
      changes.push({ id, after })
    }
    if (changes.length > 0) this.#result.apply(changes)
  }
}
