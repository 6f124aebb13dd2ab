import type { Clock, SchemaModel } from '@tidemark/core'
import type { LiveCount, LiveStore } from '../LiveState.js'
import type { ReplicaStep } from '../replica/Replica.js'
import { CountStore } from './CountStore.js'
import { type AnyList, ListStore } from './ListStore.js'
import { type RecordActions, RecordStore } from './RecordStore.js'
import type { ViewWorld } from './ViewState.js'
import { countWatch, listWatch } from './Watch.js'
import type { Watchlist } from './Watchlist.js'

/** How long a store that nobody subscribes to is the one for its target. A render comes to its subscription by then. */
const unmountedMs = 30_000

type AnyStore = RecordStore | ListStore | CountStore

/** The stores of this tab: equal targets have one, so whatever they show is computed once. */
export class Stores {
  readonly #world: ViewWorld
  readonly #schema: SchemaModel
  readonly #watchlist: Watchlist
  readonly #clock: Clock
  readonly #retry: () => void
  readonly #stores = new Map<string, AnyStore>()
  readonly #recordsByCollection = new Map<string, Map<string, RecordStore>>()
  #cancelSweep: (() => void) | null = null
  #isClosed = false

  constructor(world: ViewWorld, schema: SchemaModel, watchlist: Watchlist, clock: Clock, retry: () => void) {
    this.#world = world
    this.#schema = schema
    this.#watchlist = watchlist
    this.#clock = clock
    this.#retry = retry
  }

  record(collection: string, id: string, actions: RecordActions): RecordStore {
    const known = this.#recordsByCollection.get(collection)?.get(id)
    if (known) return known
    const store = new RecordStore(collection, id, this.#world, this.#watchlist, actions)
    this.#keep(store.key, store)
    return store
  }

  /** Throws `INVALID` for a query that cannot be asked. */
  list(collection: string, query: object): LiveStore<AnyList> {
    const watch = listWatch(this.#schema, collection, query)
    const name = `${watch.key} ${watch.query.limit}`
    const known = this.#stores.get(name)
    if (known) return known as ListStore
    const store = new ListStore(watch, this.#world, this.#watchlist, this.#retry)
    this.#keep(name, store)
    return store
  }

  count(collection: string, where: object): LiveStore<LiveCount> {
    const watch = countWatch(this.#schema, collection, where)
    const known = this.#stores.get(watch.key)
    if (known) return known as CountStore
    const store = new CountStore(watch, this.#world, this.#watchlist)
    this.#keep(watch.key, store)
    return store
  }

  /** One step of the replica: whoever shows what it touched looks again, once. */
  stepped(step: ReplicaStep): void {
    for (const store of [...this.#stores.values()]) {
      if (store instanceof ListStore) {
        if (step.keys === null || step.keys.has(store.watch.key) || step.idsByCollection.has(store.collection))
          store.take(step)
      } else if (store instanceof CountStore) {
        if (step.keys === null || step.keys.has(store.watch.key) || step.idsByCollection.has(store.collection))
          store.refresh()
      } else if (step.keys === null || step.keys.has(store.key)) store.refresh()
    }
    if (step.keys === null) return
    for (const [collection, ids] of step.idsByCollection) {
      const records = this.#recordsByCollection.get(collection)
      if (records) for (const id of ids) records.get(id)?.refresh()
    }
  }

  /** The connection moved: what is unavailable or catching up may be another thing now. */
  moved(): void {
    for (const store of [...this.#stores.values()]) store.refresh()
  }

  close(): void {
    this.#cancelSweep?.()
    this.#isClosed = true
  }

  #keep(name: string, store: AnyStore): void {
    const remember = (): void => {
      this.#stores.set(name, store)
      if (store instanceof RecordStore) this.#rememberRecord(store)
    }
    remember()
    // Whoever held on to it while it was forgotten finds it in its place again.
    store.onMount = remember
    if (this.#cancelSweep === null && !this.#isClosed) this.#sweepLater(new Set())
  }

  #rememberRecord(store: RecordStore): void {
    const records = this.#recordsByCollection.get(store.collection)
    if (records) records.set(store.id, store)
    else this.#recordsByCollection.set(store.collection, new Map([[store.id, store]]))
  }

  #sweepLater(idle: ReadonlySet<AnyStore>): void {
    this.#cancelSweep = this.#clock.after(unmountedMs, () => this.#sweep(idle))
  }

  /** Lets go of stores that nobody mounted for a whole period. */
  #sweep(idle: ReadonlySet<AnyStore>): void {
    const unmounted = new Set<AnyStore>()
    for (const [name, store] of this.#stores) {
      if (store.isMounted) continue
      if (!idle.has(store)) unmounted.add(store)
      else {
        this.#stores.delete(name)
        if (store instanceof RecordStore) this.#recordsByCollection.get(store.collection)?.delete(store.id)
      }
    }
    this.#cancelSweep = null
    if (unmounted.size > 0) this.#sweepLater(unmounted)
  }
}
