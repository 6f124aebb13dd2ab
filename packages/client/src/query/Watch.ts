import {
  everything,
  type Json,
  type ListQuery,
  parseQuery,
  queryHash,
  type SchemaModel,
  TidemarkError,
  type WatchTarget,
} from '@tidemark/core'

/**
 * Something that the node is asked to keep us informed of. `key` is its canonical name: equal questions have equal
 * keys, in memory, in the storage and in every tab. How many rows of a list are wanted is not part of it.
 */
export interface Watch {
  readonly key: string
  readonly target: WatchTarget
}

export const recordWatch = (collection: string, id: string): Watch => ({
  key: `r/${collection}/${id}`,
  target: { kind: 'record', collection, id },
})

export const bodyWatch = (collection: string, id: string): Watch => ({
  key: `b/${collection}/${id}`,
  target: { kind: 'body', collection, id },
})

export interface ListWatch extends Watch {
  readonly query: ListQuery
}

/** Throws `INVALID` for a query that cannot be asked. */
export function listWatch(schema: SchemaModel, collection: string, given: object): ListWatch {
  const query = parseQuery(given, fieldLookup(schema, collection))
  const { where = {}, orderBy = [] } = structuredClone(given) as { where?: Json; orderBy?: string | readonly string[] }
  return {
    key: `l/${collection}/${queryHash(collection, query.where, query.orderBy)}`,
    target: {
      kind: 'list',
      collection,
      where,
      orderBy: typeof orderBy === 'string' ? [orderBy] : orderBy,
      limit: null,
    },
    query,
  }
}

export function countWatch(schema: SchemaModel, collection: string, where: object): ListWatch {
  const query = parseQuery({ where }, fieldLookup(schema, collection))
  return {
    key: `c/${collection}/${queryHash(collection, query.where, [])}`,
    target: { kind: 'count', collection, where: structuredClone(where) as Json },
    query,
  }
}

/** All of a collection. */
export function collectionWatch(collection: string): Watch {
  return {
    key: `l/${collection}/${queryHash(collection, everything, [{ field: 'id', descending: false }])}`,
    target: { kind: 'list', collection, where: {}, orderBy: [], limit: null },
  }
}

/** How many rows are asked for beyond those shown, so that local edits can empty a window a little. */
export function withSlack(limit: number | null): number | null {
  return limit === null ? null : limit + Math.min(25, Math.ceil(limit / 4))
}

function fieldLookup(schema: SchemaModel, collection: string): (name: string) => 'scalar' | 'set' | undefined {
  const model = schema.collectionByName.get(collection)
  if (model === undefined) throw new TidemarkError('INVALID', `There is no collection ${collection} in this schema.`)
  return name => {
    const kind = model.fieldByName.get(name)?.kind
    if (kind === undefined || kind === 'text' || kind === 'richText') return undefined
    return kind === 'set' ? 'set' : 'scalar'
  }
}
