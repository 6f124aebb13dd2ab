import { isPlainObject } from '../json/checkJson.js'
import { everything } from './Condition.js'
import { invalidQuery, type QueryPath } from './invalidQuery.js'
import type { ListQuery, SortTerm } from './ListQuery.js'
import { type FieldLookup, mustFieldKind, parseWhere } from './parseWhere.js'

const maxSortTerms = 16

/** Turns a query as people write it into its parsed form, or throws `INVALID` with the place that is wrong. */
export function parseQuery(query: unknown, fields?: FieldLookup): ListQuery {
  if (!isPlainObject(query)) throw invalidQuery([], 'must be an object of where, orderBy, limit')
  for (const key of Object.keys(query)) {
    if (key !== 'where' && key !== 'orderBy' && key !== 'limit') throw invalidQuery([key], 'is no part of a query')
    if (query[key] === undefined) throw invalidQuery([key], 'is undefined: leave the key out')
  }
  return {
    where: 'where' in query ? parseWhere(query.where, fields) : everything,
    orderBy: parseOrderBy('orderBy' in query ? query.orderBy : [], fields),
    limit: 'limit' in query ? mustLimit(query.limit) : null,
  }
}

/** Ends with `id`, which breaks every tie; what is named after it, or twice, cannot matter and is dropped. */
function parseOrderBy(orderBy: unknown, fields: FieldLookup | undefined): readonly SortTerm[] {
  const keys: readonly unknown[] = Array.isArray(orderBy) ? orderBy : [orderBy]
  if (keys.length > maxSortTerms) throw invalidQuery(['orderBy'], `has more than ${maxSortTerms} keys`)
  const termByField = new Map<string, SortTerm>()
  for (const [index, key] of keys.entries()) {
    const term = parseSortTerm(key, fields, ['orderBy', index])
    if (!termByField.has('id') && !termByField.has(term.field)) termByField.set(term.field, term)
  }
  if (!termByField.has('id')) termByField.set('id', { field: 'id', descending: false })
  return [...termByField.values()]
}

function parseSortTerm(key: unknown, fields: FieldLookup | undefined, path: QueryPath): SortTerm {
  if (typeof key !== 'string') throw invalidQuery(path, 'must be a field name, with - before it for descending')
  const descending = key.startsWith('-')
  const field = descending ? key.slice(1) : key
  if (mustFieldKind(field, fields, path) === 'set') throw invalidQuery(path, 'is a set, which has no order')
  return { field, descending }
}

function mustLimit(limit: unknown): number | null {
  if (limit === null || (typeof limit === 'number' && Number.isSafeInteger(limit) && limit >= 1)) return limit
  throw invalidQuery(['limit'], 'must be a whole number from 1')
}
