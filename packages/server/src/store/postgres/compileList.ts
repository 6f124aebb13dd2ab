import type { CollectionModel, Condition, ListQuery, Scalar } from '@tidemark/core'
import { QueryCompiler } from '../sql/QueryCompiler.js'
import { headLength, placeOf } from './fieldSql.js'
import { PostgresDialect } from './PostgresDialect.js'

/** The rows of a collection of the workspace that stands as `$1`; its model, if the schema still has it. */
export interface QueriedCollection {
  readonly name: string
  readonly model: CollectionModel | undefined
}

/**
 * The rows of a list in its order, of those after a sort key if one is given, with all columns and `is_cut`: whether the
 * order is in doubt there, and the list to be read again with `exact`.
 */
export function compileList(
  collection: QueriedCollection,
  { where, orderBy, limit }: ListQuery,
  after: readonly Scalar[] | undefined,
  parameters: unknown[],
  exact = false,
): string {
  const isExact = exact || (after?.some(scalar => placeOf(scalar).length >= headLength) ?? false)
  const dialect = new PostgresDialect(collection.model, parameters, isExact)
  const compiler = new QueryCompiler(dialect)
  const conditions = [standing(collection, dialect), compiler.condition(where)]
  if (after !== undefined) conditions.push(compiler.after(orderBy, after))
  return `
    SELECT id, seq, removed, fields, marks, ${dialect.isCut(orderBy.map(({ field }) => field))} AS is_cut
    FROM record WHERE ${conditions.join(' AND ')}
    ORDER BY ${compiler.order(orderBy)} ${limit === null ? '' : `LIMIT ${dialect.bind(limit)}::bigint`}`
}

/** How many rows match. */
export function compileCount(collection: QueriedCollection, where: Condition, parameters: unknown[]): string {
  const dialect = new PostgresDialect(collection.model, parameters)
  const condition = new QueryCompiler(dialect).condition(where)
  return `SELECT count(*) FROM record WHERE ${standing(collection, dialect)} AND ${condition}`
}

/** The name of a known collection is written out: by it Postgres sees which partial indexes serve. */
function standing({ name, model }: QueriedCollection, dialect: PostgresDialect): string {
  const collection = model === undefined ? dialect.bind(name) : `'${model.name}'`
  return `workspace = $1 AND collection = ${collection} AND NOT removed`
}
