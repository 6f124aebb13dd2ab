import { compileMatcher, parseQuery, queryRowOf } from '@tidemark/core'
import type { Watch } from '../query/Watch.js'
import type { StoredReader, StoredRows } from '../storage/ReplicaStorage.js'
import type { Confirmed } from './Confirmed.js'

/**
 * What the storage has, through other subscriptions, of one that was never caught up: of a record its row, of a list the rows
 * that match. Null where there is nothing to look for.
 */
export async function readLocalMatches(
  storage: StoredReader,
  confirmed: Confirmed,
  { key, target }: Watch,
): Promise<StoredRows | null> {
  const stored = confirmed.subscription(key)
  if (stored !== undefined && stored.viewHash !== '') return null
  const { collection } = target
  if (target.kind === 'record') return storage.rows({ keys: [{ collection, id: target.id }] })
  if (target.kind !== 'list') return null
  const views = [...confirmed.keys].filter(view => /^[lr]/.test(view) && view.startsWith(`${collection}/`, 2))
  const { version, rows } = await storage.rows({ views })
  const matches = compileMatcher(parseQuery({ where: target.where }).where)
  return { version, rows: rows.filter(({ id, values }) => matches(queryRowOf(id, values))) }
}
