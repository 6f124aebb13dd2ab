import type { Watch } from '../query/Watch.js'
import { readGlimpse } from '../replica/lastResult.js'
import { readLocalMatches } from '../replica/localMatches.js'
import type { Replica } from '../replica/Replica.js'
import { rowRef } from '../replica/RowRef.js'
import type { StoredReader, StoredRows } from '../storage/ReplicaStorage.js'

/** Brings into the replica what the storage has of subscriptions, as long as they are wanted. */
export class StoredViews {
  readonly #stored: StoredReader
  readonly #replica: Replica
  readonly #isWanted: (key: string) => boolean

  constructor(stored: StoredReader, replica: Replica, isWanted: (key: string) => boolean) {
    this.#stored = stored
    this.#replica = replica
    this.#isWanted = isWanted
  }

  /** Gives the rows, with its body and what is to be painted first in the replica already. */
  async read(watch: Watch): Promise<StoredRows> {
    const { confirmed } = this.#replica
    const { key, target } = watch
    if (target.kind === 'body') {
      const { collection, id } = target
      const body = await this.#stored.body({ collection, id })
      confirmed.loadBody(rowRef(collection, id), body?.state)
    }
    const glimpse = await readGlimpse(this.#stored, confirmed, watch)
    if (glimpse && this.#isWanted(key)) this.#replica.glimpse(key, glimpse)
    return this.#stored.rows({ views: [key] })
  }

  /** Shows what is here of a list that nobody brings now. */
  async showLocalMatches(watch: Watch): Promise<void> {
    if (watch.target.kind !== 'list') return
    const { confirmed } = this.#replica
    const found = await readLocalMatches(this.#stored, confirmed, watch).catch(() => null)
    if (found && this.#isWanted(watch.key) && !confirmed.isLive(watch.key)) this.#replica.glimpse(watch.key, found)
  }
}
