import type { QueryRow } from '@tidemark/core'
import type { Snapshot } from '../Snapshot.js'
import type { Seed, Seeds } from './ViewState.js'

/** What a snapshot holds: rows by subscription, as of one position. */
export interface SnapshotContent {
  readonly seq: number
  readonly views: Readonly<Record<string, { readonly rows: readonly QueryRow[]; readonly hasMore: boolean }>>
}

/** The rows of server snapshots, for the first paint. */
export class Hydration implements Seeds {
  readonly #taken = new WeakSet<Snapshot>()
  readonly #seedByKey = new Map<string, Seed>()

  /** Once per snapshot; says whether it was new. */
  take(snapshot: Snapshot): boolean {
    if (this.#taken.has(snapshot)) return false
    this.#taken.add(snapshot)
    const { seq, views } = JSON.parse(snapshot['~snapshot']) as SnapshotContent
    for (const [key, { rows, hasMore }] of Object.entries(views)) {
      const known = this.#seedByKey.get(key)
      if (known === undefined || known.seq <= seq) this.#seedByKey.set(key, { seq, rows, hasMore })
    }
    return true
  }

  get(key: string): Seed | undefined {
    return this.#seedByKey.get(key)
  }
}
