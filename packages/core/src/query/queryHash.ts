import { digest } from 'lib0/hash/sha256'
import { encodeUtf8 } from 'lib0/string'
import { canonicalJson } from '../json/canonicalJson.js'
import type { Condition } from './Condition.js'
import { canonicalWhere } from './canonicalQuery.js'
import type { SortTerm } from './ListQuery.js'

/**
 * The name of a view: 16 hex digits over collection, condition and order. Limit and window bounds are not part of
 * it, so a longer window of the same list is the same view.
 *
 * The first 8 bytes of SHA-256, not a faster hash: nodes share frames between the sessions of one view, so nobody
 * may be able to write a condition that takes another view's name.
 */
export function queryHash(collection: string, where: Condition, orderBy: readonly SortTerm[]): string {
  const order = orderBy.map(term => (term.descending ? `-${term.field}` : term.field))
  const text = canonicalJson([collection, canonicalWhere(where), order])
  return Array.from(digest(encodeUtf8(text)).subarray(0, 8), byte => byte.toString(16).padStart(2, '0')).join('')
}
