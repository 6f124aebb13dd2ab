import type { SchemaModel } from '@tidemark/core'
import type { Replica } from '../replica/Replica.js'
import { rowKeyOf } from '../replica/RowRef.js'
import { type AnyTarget, targetWatches } from './targetWatches.js'
import type { Waiters } from './Waiters.js'
import { bodyWatch, type Watch } from './Watch.js'
import type { Watchlist } from './Watchlist.js'

export interface PrefetchParts {
  readonly schema: SchemaModel
  readonly replica: Replica
  readonly watchlist: Watchlist
  readonly waiters: Waiters
  isReachable(): boolean
}

interface Fetched {
  readonly watch: Watch
  readonly limit: number | null
}

/** Brings into the replica what nobody shows yet. */
export class Prefetch {
  readonly #parts: PrefetchParts

  constructor(parts: PrefetchParts) {
    this.#parts = parts
  }

  /** Resolves when the targets, and the texts of their records if `bodies`, are here; or when the node cannot be reached. */
  async bring(targets: readonly AnyTarget[], bodies: boolean): Promise<void> {
    const { schema, replica } = this.#parts
    const fetched = targets.flatMap(target => targetWatches(schema, target))
    await this.#bring(fetched)
    if (!bodies) return
    const refs = new Set(fetched.flatMap(({ watch }) => [...replica.confirmed.refsOf(watch.key)]))
    const keys = [...refs].map(rowKeyOf).filter(({ collection }) => schema.collectionByName.get(collection)?.hasBody)
    await this.#bring(keys.map(({ collection, id }) => ({ watch: bodyWatch(collection, id), limit: null })))
  }

  async #bring(fetched: readonly Fetched[]): Promise<void> {
    const { replica, watchlist, waiters, isReachable } = this.#parts
    const needs = fetched.map(({ watch, limit }) => watchlist.add(watch, { limit, hasListeners: false }))
    await waiters.until(() => !isReachable() || fetched.every(({ watch }) => replica.confirmed.isLive(watch.key)))
    for (const { end } of needs) end()
  }
}
