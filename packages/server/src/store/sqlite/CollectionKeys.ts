import type Database from 'better-sqlite3'
import { accessStream, bodyStream, rowStream } from './changeStreams.js'

/** The short keys under which collections stand in the tables. A name keeps its key for ever. */
export class CollectionKeys {
  readonly #db: Database.Database
  readonly #keyByName = new Map<string, number>()
  readonly #nameByKey = new Map<number, string>()

  constructor(db: Database.Database) {
    this.#db = db
    const rows = db.prepare<[], { key: number; name: string }>('SELECT key, name FROM collection').all()
    for (const { key, name } of rows) this.#remember(key, name)
  }

  keyOf(name: string): number | undefined {
    return this.#keyByName.get(name)
  }

  nameOf(key: number): string {
    const name = this.#nameByKey.get(key)
    if (name === undefined) throw new Error(`There is no collection with the key ${key}.`)
    return name
  }

  /** All streams that a log can have, as a list in SQL. */
  get streams(): string {
    const streams = [...this.#nameByKey.keys()].flatMap(key => [rowStream(key), bodyStream(key)])
    return [accessStream, ...streams].join(', ')
  }

  /** The key of a collection, made if it is new: outside of batches, so that no rollback takes it away again. */
  make(name: string): number {
    const known = this.#keyByName.get(name)
    if (known !== undefined) return known
    const { lastInsertRowid } = this.#db.prepare('INSERT INTO collection (name) VALUES (?)').run(name)
    this.#remember(Number(lastInsertRowid), name)
    return Number(lastInsertRowid)
  }

  #remember(key: number, name: string): void {
    this.#keyByName.set(name, key)
    this.#nameByKey.set(key, name)
  }
}
