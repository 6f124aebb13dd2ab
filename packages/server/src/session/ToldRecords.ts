import type { RowValues, SnapshotItem } from '@tidemark/core'
import type { Watch } from './GatewaySession.js'

/** Whether the session has the content of a row already. */
export type Cover = (row: RowValues) => boolean

export const coversNothing: Cover = () => false

/** The records whose content a session has by one watch, or gets with this round: to its others they are `covered`. */
export class ToldRecords {
  readonly #idsByCollection = new Map<string, Set<string>>()

  constructor(
    /** What is live is as of the moment that was read. */
    private readonly isLevel: boolean,
    /** Beyond so many subscriptions of a session a row is told again rather than looked for in each. */
    private readonly mostToLookThrough: number,
  ) {}

  /** Null where nothing of what the watch lacks can be covered. */
  coverFor(watch: Watch): Cover | null {
    if (watch.view.kind !== 'rows' || watch.isContinued) return null
    const ids = this.#idsByCollection.get(watch.view.collection)
    const live = this.isLevel ? this.#liveBeside(watch) : []
    if (ids === undefined && live.length === 0) return null
    return row => ids?.has(row.id as string) || live.some(other => other.view.matches(row) && other.covers(row))
  }

  add(collection: string, items: readonly SnapshotItem[]): void {
    const ids = this.#idsByCollection.get(collection) ?? new Set()
    for (const item of items) if (item.kind === 'row' || item.kind === 'patch') ids.add(item.id)
    if (ids.size > 0) this.#idsByCollection.set(collection, ids)
  }

  /** The session's live watches of rows of the same collection. */
  #liveBeside({ session, view }: Watch): readonly Watch[] {
    if (session.watchCount > this.mostToLookThrough) return []
    return [...session.watches].filter(
      other => other.isLive && other.view.kind === 'rows' && other.view.collection === view.collection,
    )
  }
}
