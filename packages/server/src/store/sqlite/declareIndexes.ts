import { type CollectionModel, hash64, type SchemaModel } from '@tidemark/core'
import type Database from 'better-sqlite3'
import type { CollectionKeys } from './CollectionKeys.js'
import { fieldSql } from './fieldSql.js'

const prefix = 'declared_'

/**
 * Makes the indexes that the schema declares and drops those of earlier ones. Each is partial, over the standing
 * rows of one collection, and ends with the id, which ends every order. Its name is the hash of its text: another
 * default of a field is another index.
 */
export function declareIndexes(db: Database.Database, schema: SchemaModel, keys: CollectionKeys): void {
  const sqlByName = new Map<string, string>()
  for (const model of schema.collections) {
    for (const fields of model.indexes) {
      const columns = columnsOf(model, fields)
      if (columns.length === 0) continue
      const on = `record (workspace, ${columns.join(', ')}, id) WHERE collection = ${keys.make(model.name)} AND removed = 0`
      sqlByName.set(`${prefix}${hash64(on)}`, on)
    }
  }
  const known = db
    .prepare<[string], string>("SELECT name FROM sqlite_schema WHERE type = 'index' AND name GLOB ?")
    .pluck()
    .all(`${prefix}*`)
  for (const name of known) if (!sqlByName.has(name)) db.exec(`DROP INDEX ${name}`)
  for (const [name, on] of sqlByName) if (!known.includes(name)) db.exec(`CREATE INDEX ${name} ON ${on}`)
  tellPlanner(db, sqlByName)
}

/**
 * Tells SQLite what a store looks like when it matters: large collections, in which a rank selects nothing and a
 * value much. Without it SQLite takes a collection for ten rows and reads all of it; measuring (ANALYZE) would make
 * plans depend on when it was done.
 */
function tellPlanner(db: Database.Database, sqlByName: ReadonlyMap<string, string>): void {
  db.exec('ANALYZE meta; DELETE FROM sqlite_stat1')
  const tell = db.prepare('INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES (?, ?, ?)')
  tell.run('record', 'sqlite_autoindex_record_1', '1000000 20000 10000 1')
  for (const [name, on] of sqlByName) {
    let rows = 10_000
    const fields = (on.match(/CASE .*? END/g) ?? []).flatMap((_, column) => {
      if (column % 2 === 1) rows = Math.ceil(rows / 100)
      return [rows]
    })
    tell.run('record', name, [10_000, 10_000, ...fields, 1].join(' '))
  }
  db.exec('ANALYZE sqlite_schema')
}

/** Up to the first set: an index over a row cannot hold its elements one by one. */
function columnsOf(model: CollectionModel, fields: readonly string[]): string[] {
  const columns: string[] = []
  for (const field of fields) {
    if (field === 'id' || model.fieldByName.get(field)?.kind === 'set') break
    const { rank, value } = fieldSql(model, field)
    columns.push(rank, value)
  }
  return columns
}
