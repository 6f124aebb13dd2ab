import { join } from 'node:path'
import { checkCompatible, foldCase, type SchemaDescription, type SchemaModel, TidemarkError } from '@tidemark/core'
import Database from 'better-sqlite3'
import { migrations } from './migrations.js'

/**
 * Opens the database of a directory that this process holds, in today's format and for this schema. Every commit
 * is on the disk before it returns (`synchronous = FULL`).
 */
export function openDatabase(dir: string, schema: SchemaModel): Database.Database {
  const file = join(dir, 'tidemark.db')
  const db = new Database(file)
  try {
    db.pragma('journal_mode = WAL')
    db.pragma('synchronous = FULL')
    // 16 MB: a page that many commits touch is copied into the database once (measured: a fifth less CPU per commit).
    db.pragma('wal_autocheckpoint = 4000')
    // After a burst the log file shrinks again at the next checkpoint.
    db.pragma(`journal_size_limit = ${64 << 20}`)
    db.function('fold_case', { deterministic: true }, value => (typeof value === 'string' ? foldCase(value) : ''))
    db.transaction(() => {
      migrate(db, file)
      adopt(db, schema)
    }).immediate()
    return db
  } catch (error) {
    db.close()
    throw isForeign(error)
      ? new TidemarkError('STORE_FORMAT', `${file} is no Tidemark database.`, { cause: error })
      : error
  }
}

/** Brings the tables to today's format. An older program refuses a newer format: it would not know what it drops. */
function migrate(db: Database.Database, file: string): void {
  db.exec('CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID')
  const format = Number(readMeta(db, 'format') ?? 0)
  const newest = migrations.length
  if (!(format <= newest)) {
    const message = `${file} has format ${format}, this version knows up to ${newest}: run the version that wrote it.`
    throw new TidemarkError('STORE_FORMAT', message)
  }
  for (const step of migrations.slice(format)) db.exec(step)
  writeMeta(db, 'format', String(newest))
}

/** Holds the schema against the one that the rows were written under. */
function adopt(db: Database.Database, schema: SchemaModel): void {
  const stored = readMeta(db, 'schema')
  const described = schema.describe()
  const next = stored === undefined ? described : checkCompatible(JSON.parse(stored) as SchemaDescription, described)
  writeMeta(db, 'schema', JSON.stringify(next))
}

function readMeta(db: Database.Database, name: string): string | undefined {
  return db.prepare<[string], string>('SELECT value FROM meta WHERE name = ?').pluck().get(name)
}

function writeMeta(db: Database.Database, name: string, value: string): void {
  db.prepare('INSERT OR REPLACE INTO meta (name, value) VALUES (?, ?)').run(name, value)
}

function isForeign(error: unknown): boolean {
  return error instanceof Database.SqliteError && (error.code === 'SQLITE_NOTADB' || error.code === 'SQLITE_CORRUPT')
}
