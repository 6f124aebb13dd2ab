import { compileMatcher, type Matcher } from '@tidemark/core'
import type { LiveCount } from '../LiveState.js'
import { rowKeyOf } from '../replica/RowRef.js'
import { isSameShape, StoreBase } from './StoreBase.js'
import { knowledgeOf, type ViewWorld } from './ViewState.js'
import type { ListWatch } from './Watch.js'
import type { Watchlist } from './Watchlist.js'

/** How many records match: the node's count, and what the outbox makes of it. */
export class CountStore extends StoreBase<LiveCount> {
  readonly watch: ListWatch
  readonly collection: string
  readonly #world: ViewWorld
  readonly #watchlist: Watchlist
  readonly #matches: Matcher
  #ending: (() => void) | null = null

  constructor(watch: ListWatch, world: ViewWorld, watchlist: Watchlist) {
    super()
    this.watch = watch
    this.collection = watch.target.collection
    this.#world = world
    this.#watchlist = watchlist
    this.#matches = compileMatcher(watch.query.where)
  }

  protected override mounted(): void {
    this.#ending = this.#watchlist.add(this.watch, { limit: null, hasListeners: false }).end
  }

  protected override unmounted(): void {
    this.#ending?.()
    this.#ending = null
  }

  protected compute(): LiveCount {
    const { freshness, isLive, wasComplete, isOffline } = knowledgeOf(this.#world, this.watch.key)
    const count = this.#world.replica.confirmed.subscription(this.watch.key)?.count
    const base = { freshness, error: null }
    if (!wasComplete || count === undefined) {
      return { ...base, status: isOffline ? 'unavailable' : 'loading', data: undefined }
    }
    return { ...base, status: isLive ? 'complete' : 'partial', data: count + this.#pendingDifference() }
  }

  protected isSame(a: LiveCount, b: LiveCount): boolean {
    return isSameShape(a, b)
  }

  #pendingDifference(): number {
    const { replica } = this.#world
    let difference = 0
    for (const ref of replica.overlay.refs) {
      const { collection, id } = rowKeyOf(ref)
      if (collection !== this.collection) continue
      const before = replica.confirmedRow(collection, id)
      const after = replica.row(collection, id)
      if (before && this.#matches(before)) difference--
      if (after && this.#matches(after)) difference++
    }
    return difference
  }
}
