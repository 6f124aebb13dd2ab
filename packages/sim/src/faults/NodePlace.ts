import { type BusAdapter, type Limits, type StoreAdapter, sqlite } from '@tidemark/server'
import { postgres } from '@tidemark/server/postgres'
import { redis } from '@tidemark/server/redis'
import { unfenced } from './cluster/unfenced.js'

/** Where a node keeps what it has: in a directory of its own, or with others at servers that they share. */
export type NodePlace =
  | { readonly kind: 'alone'; readonly dir: string }
  | {
      readonly kind: 'cluster'
      readonly postgres: string
      readonly redis: string
      readonly leaseMs: number
      /** False for a defect that is to be seen: it commits whoever owns the shards. */
      readonly isFenced: boolean
    }

interface NodeSettings {
  readonly store: StoreAdapter
  readonly bus?: BusAdapter
  readonly limits: Partial<Limits>
}

export function settingsAt(place: NodePlace): NodeSettings {
  // The whole log is read at the end; and what is kept in memory is full long before the heap is measured.
  const limits = { logBytes: 2 ** 31, hotRecords: 500, hotBodies: 50 }
  if (place.kind === 'alone') return { store: sqlite(place.dir), limits }
  const store = postgres(place.postgres)
  return {
    store: place.isFenced ? store : unfenced(store),
    bus: redis(place.redis),
    limits: { ...limits, leaseMs: place.leaseMs },
  }
}
