import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { SchemaDescription } from '@tidemark/core'
import Database from 'better-sqlite3'
import { migrations } from './migrations.js'

/** What can be seen of a data directory without holding it. */
export interface DirectoryInspection {
  /** Null: nothing was stored yet. */
  readonly schema: SchemaDescription | null
  readonly format: number
  readonly newestFormat: number
  /** The time of the newest entry, by the clock of whoever wrote it; null if there is none. */
  readonly newestAtMs: number | null
}

/** Looks at a data directory, also one that a node is using. Null if there is no database. Throws what SQLite throws. */
export function inspectDirectory(dir: string): DirectoryInspection | null {
  const file = join(dir, 'tidemark.db')
  if (!existsSync(file)) return null
  const db = new Database(file, { readonly: true, fileMustExist: true })
  try {
    const number = (sql: string) => db.prepare<[], number | null>(sql).pluck().get() ?? null
    const meta = (name: string) => {
      const value = db.prepare<[string], string>('SELECT value FROM meta WHERE name = ?').pluck().get(name)
      return value ?? null
    }
    const newestFormat = migrations.length
    if (number("SELECT count(*) FROM sqlite_master WHERE name = 'meta'") === 0) {
      return { schema: null, format: 0, newestFormat, newestAtMs: null }
    }
    const format = Number(meta('format'))
    const schema = meta('schema')
    return {
      schema: schema === null ? null : (JSON.parse(schema) as SchemaDescription),
      format,
      newestFormat,
      newestAtMs:
        format === newestFormat ? number('SELECT committed_at FROM change ORDER BY rowid DESC LIMIT 1') : null,
    }
  } finally {
    db.close()
  }
}
