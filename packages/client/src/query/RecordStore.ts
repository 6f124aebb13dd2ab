import type { Receipt } from '@tidemark/core'
import type { LiveRecord } from '../LiveState.js'
import { rowRef } from '../replica/RowRef.js'
import { isSameShape, StoreBase } from './StoreBase.js'
import { knowledgeOf, type Seed, type ViewWorld } from './ViewState.js'
import { recordWatch } from './Watch.js'
import type { Watchlist } from './Watchlist.js'

type Row = Readonly<Record<string, unknown>>
export type AnyRecord = LiveRecord<unknown, Row>

export interface RecordActions {
  update(patch: object): Receipt
  remove(): Receipt
  retry(): void
}

/** One record over time, for whoever shows it. */
export class RecordStore extends StoreBase<AnyRecord> {
  readonly collection: string
  readonly id: string
  readonly key: string
  readonly #world: ViewWorld
  readonly #watchlist: Watchlist
  readonly #actions: RecordActions
  #ending: (() => void) | null = null
  #server: { readonly seed: Seed | undefined; readonly state: AnyRecord } | null = null

  constructor(collection: string, id: string, world: ViewWorld, watchlist: Watchlist, actions: RecordActions) {
    super()
    this.collection = collection
    this.id = id
    this.key = recordWatch(collection, id).key
    this.#world = world
    this.#watchlist = watchlist
    this.#actions = actions
  }

  protected override mounted(): void {
    this.#ending = this.#watchlist.add(recordWatch(this.collection, this.id), { limit: null, hasListeners: false }).end
  }

  protected override unmounted(): void {
    this.#ending?.()
    this.#ending = null
  }

  /** What the server painted, until the first commit; a server without a snapshot knows nothing. */
  override getServerSnapshot = (): AnyRecord => {
    const seed = this.#world.seeds.get(this.key)
    if (this.#server?.seed !== seed || this.#server === null) {
      const base = { error: null, pending: false, freshness: 'server-render' as const, ...this.#actions }
      const [row] = seed?.rows ?? []
      const state: AnyRecord =
        seed === undefined
          ? { ...base, status: 'loading', data: undefined }
          : row
            ? { ...base, status: 'ready', data: row }
            : { ...base, status: 'missing', data: undefined, reason: 'not-found' }
      this.#server = { seed, state }
    }
    return this.#server.state
  }

  protected compute(): AnyRecord {
    const { replica } = this.#world
    const knowledge = knowledgeOf(this.#world, this.key)
    const ref = rowRef(this.collection, this.id)
    const row = replica.row(this.collection, this.id)
    const pending = replica.overlay.isPending(ref)
    const base = { freshness: knowledge.freshness, pending, ...this.#actions }
    const none = { data: undefined, error: null }
    const held = replica.confirmed.row(this.collection, this.id)
    // The record's own watch says that it is out of sight, whatever a list that nobody shows still holds. [G2]
    if (held && knowledge.isLive && !held.views.has(this.key)) {
      return { ...base, ...none, status: 'missing', reason: 'denied' }
    }
    if (row) return { ...base, status: 'ready', data: row, error: null }
    if (pending && held) {
      return { ...base, ...none, status: 'missing', reason: 'deleted' }
    }
    const seeded = knowledge.seed?.rows[0]
    if (seeded) return { ...base, status: 'ready', data: seeded, error: null }
    if (knowledge.isLive || (knowledge.wasComplete && knowledge.isOffline)) {
      return { ...base, ...none, status: 'missing', reason: replica.confirmed.whyGone(ref) ?? 'not-found' }
    }
    return { ...base, ...none, status: knowledge.isOffline && knowledge.isLoaded ? 'unavailable' : 'loading' }
  }

  protected isSame(a: AnyRecord, b: AnyRecord): boolean {
    return isSameShape(a, b)
  }
}
