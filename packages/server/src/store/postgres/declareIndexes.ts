import { type CollectionModel, hash64, type SchemaModel } from '@tidemark/core'
import type { Client } from 'pg'
import { fieldSql } from './fieldSql.js'

const prefix = 'declared_'

/**
 * Makes the indexes that the schema declares and drops those of earlier ones, while other nodes go on writing. Each is
 * partial, over the standing rows of one collection, and ends with the id, which ends every order. Its name is the
 * hash of its text: another default of a field is another index.
 */
export async function declareIndexes(client: Client, schema: SchemaModel): Promise<void> {
  const sqlByName = new Map<string, string>()
  for (const model of schema.collections) {
    for (const fields of model.indexes) {
      const columns = columnsOf(model, fields)
      if (columns.length === 0) continue
      const on = `record (workspace, ${columns.join(', ')}, id) WHERE collection = '${model.name}' AND NOT removed`
      sqlByName.set(`${prefix}${hash64(on)}`, on)
    }
  }
  // One that was broken off in the middle is there and no good.
  const { rows } = await client.query<{ name: string; isWhole: boolean }>(`
    SELECT c.relname AS name, i.indisvalid AS "isWhole" FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
    WHERE i.indrelid = 'record'::regclass AND starts_with(c.relname, '${prefix}')`)
  // A table in partitions has its indexes made in all of them, under a lock.
  const table = await client.query("SELECT 1 FROM pg_class WHERE oid = 'record'::regclass AND relkind = 'p'")
  const concurrently = table.rowCount === 0 ? 'CONCURRENTLY' : ''
  for (const { name, isWhole } of rows) {
    if (!isWhole || !sqlByName.has(name)) await client.query(`DROP INDEX ${concurrently} ${name}`)
  }
  const standing = new Set(rows.filter(({ isWhole }) => isWhole).map(({ name }) => name))
  for (const [name, on] of sqlByName) {
    if (!standing.has(name)) await client.query(`CREATE INDEX ${concurrently} ${name} ON ${on}`)
  }
}

/** Up to the first set: an index over a row cannot hold its elements one by one. */
function columnsOf(model: CollectionModel, fields: readonly string[]): string[] {
  const columns: string[] = []
  for (const field of fields) {
    const { head } = fieldSql(model, field)
    if (field === 'id' || model.fieldByName.get(field)?.kind === 'set' || head === undefined) break
    columns.push(`(${head})`)
  }
  return columns
}
