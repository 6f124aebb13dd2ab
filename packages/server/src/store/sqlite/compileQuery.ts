import type { CollectionModel, Condition, ListQuery, Scalar } from '@tidemark/core'
import { QueryCompiler } from '../sql/QueryCompiler.js'
import { SqliteDialect } from './SqliteDialect.js'

export interface CompiledQuery {
  readonly sql: string
  readonly parameters: readonly (string | number)[]
}

/** Where the rows are: the schema's collection, if it still has it, and the collection's key in the tables. */
export interface QueriedCollection {
  readonly key: number
  readonly model: CollectionModel | undefined
}

/**
 * The rows of a list in its order, of those after a sort key if one is given. Only their `rowid`: what SQLite has to
 * sort it copies, and a list with a limit has far fewer rows than were looked at.
 */
export function compileList(
  collection: QueriedCollection,
  workspace: number,
  { where, orderBy, limit }: ListQuery,
  after?: readonly Scalar[],
): CompiledQuery {
  const dialect = new SqliteDialect(collection.model)
  const compiler = new QueryCompiler(dialect)
  const condition = [compiler.condition(where), ...(after ? [compiler.after(orderBy, after)] : [])].join(' AND ')
  const order = compiler.order(orderBy)
  return {
    sql: `SELECT rowid FROM record WHERE ${standing(collection)} AND ${condition} ORDER BY ${order} LIMIT ?`,
    parameters: [workspace, ...dialect.parameters, limit ?? -1],
  }
}

/** How many rows match. */
export function compileCount(collection: QueriedCollection, workspace: number, where: Condition): CompiledQuery {
  const dialect = new SqliteDialect(collection.model)
  const condition = new QueryCompiler(dialect).condition(where)
  return {
    sql: `SELECT count(*) FROM record WHERE ${standing(collection)} AND ${condition}`,
    parameters: [workspace, ...dialect.parameters],
  }
}

/** The key is written out: by it SQLite sees which partial indexes serve. */
const standing = ({ key }: QueriedCollection) => `workspace = ? AND collection = ${key} AND removed = 0`
