import { compareRows, parseQuery, queryRowOf, type WatchTarget } from '@tidemark/core'
import type { Watch } from '../query/Watch.js'
import type { StoredReader, StoredRows } from '../storage/ReplicaStorage.js'
import type { Confirmed } from './Confirmed.js'
import { readLocalMatches } from './localMatches.js'
import { rowKeyOf } from './RowRef.js'

/** What fits on a screen. */
const shownRows = 50
/** Shorter lists are read whole as fast. */
const longList = 500

/** The ids that stand first in a long list, to be painted first the next time; undefined for a short one. */
export function lastResultOf(confirmed: Confirmed, key: string, target: WatchTarget): readonly string[] | undefined {
  const refs = confirmed.refsOf(key)
  if (target.kind !== 'list' || refs.size < longList) return undefined
  const compare = compareRows(parseQuery({ orderBy: target.orderBy }).orderBy)
  const rows = [...refs]
    .map(rowKeyOf)
    .map(({ collection, id }) => queryRowOf(id, confirmed.row(collection, id)?.values ?? {}))
  return rows
    .sort(compare)
    .slice(0, shownRows)
    .map(({ id }) => String(id))
}

/**
 * Reads only what a long list showed first when it was last seen; of a record that was never watched by itself, what a list
 * brought.
 */
export async function readGlimpse(
  storage: StoredReader,
  confirmed: Confirmed,
  watch: Watch,
): Promise<StoredRows | null> {
  const { key, target } = watch
  const ids = confirmed.subscription(key)?.lastResult
  if (ids) return storage.rows({ keys: ids.map(id => ({ collection: target.collection, id })) })
  return target.kind === 'record' ? readLocalMatches(storage, confirmed, watch) : null
}
