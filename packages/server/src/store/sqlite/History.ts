import type { CommittedChange, RecordState, RowValues } from '@tidemark/core'
import type Database from 'better-sqlite3'
import type { ChangedRecord, RecordKey } from '../Store.js'
import type { CollectionKeys } from './CollectionKeys.js'
import { changeKinds } from './changeKinds.js'
import { type RecordRow, stateFrom } from './RecordRow.js'

interface Entry {
  readonly seq: number
  readonly kind: number
  readonly id: string
  /** The row before, as JSON. */
  readonly content: string | null
}

interface LogRow {
  readonly seq: number
  readonly kind: number
  readonly collection: number | null
  readonly id: string | null
  readonly user: string
  readonly at: number
  readonly fields: string | null
  readonly content: string | Uint8Array | null
}

/** A record's row at a position and after each of its changes since. */
interface Rebuilt {
  readonly state: RecordState
  readonly before: RowValues | null
  readonly rows: readonly (RowValues | null)[]
}

/**
 * Reads the log of changes. The log has before-images only: rows of the past are rebuilt from the record as it is
 * now, backwards, each step laying the before-image of a change over the row after it. What that costs follows what
 * changed, not what is stored. [P5]
 */
export class History {
  readonly #keys: CollectionKeys
  readonly #statements: ReturnType<typeof prepareStatements>

  constructor(db: Database.Database, keys: CollectionKeys) {
    this.#keys = keys
    this.#statements = prepareStatements(db)
  }

  changed(workspace: number, collection: number, id: string | undefined, after: number): ChangedRecord[] {
    const { changesOfRows, changesOfRow } = this.#statements
    const entries =
      id === undefined
        ? changesOfRows.all(workspace, collection, after)
        : changesOfRow.all(workspace, collection, id, after)
    const entriesById = new Map<string, Entry[]>()
    for (const entry of entries) {
      const known = entriesById.get(entry.id)
      if (known === undefined) entriesById.set(entry.id, [entry])
      else known.push(entry)
    }
    return Array.from(entriesById, ([id, changes]) => ({ id, ...this.#rebuild(workspace, collection, id, changes) }))
  }

  log(workspace: number, after: number, limit: number): CommittedChange[] {
    const rows = this.#statements.log.all(workspace, after, limit)
    const afterBySeq = this.#rowsAfter(workspace, rows)
    return rows.map(row => this.#changeFrom(row, afterBySeq))
  }

  /** The updates of a body after a position. */
  updates(workspace: number, collection: number, id: string, after: number): Uint8Array[] {
    return this.#statements.updates.all(workspace, collection, id, after).map(bytesFrom)
  }

  /** For each row change of a stretch of the log, the row after it. */
  #rowsAfter(workspace: number, stretch: readonly LogRow[]): Map<number, RowValues | null> {
    const afterBySeq = new Map<number, RowValues | null>()
    for (const { seq, kind, collection, id } of stretch) {
      if (kind > changeKinds.remove || collection === null || id === null || afterBySeq.has(seq)) continue
      // The first of this record in the stretch: all that came since is rebuilt at once.
      const changes = this.#statements.changesOfRow.all(workspace, collection, id, seq - 1)
      const { rows } = this.#rebuild(workspace, collection, id, changes)
      for (const [index, change] of changes.entries()) afterBySeq.set(change.seq, rows[index] ?? null)
    }
    return afterBySeq
  }

  #rebuild(workspace: number, collection: number, id: string, changes: readonly Entry[]): Rebuilt {
    const found = this.#statements.record.get(workspace, collection, id)
    if (found === undefined)
      throw new Error(`The log names ${this.#keys.nameOf(collection)} ${id}, which is not stored.`)
    const state = stateFrom(found)
    const rows: (RowValues | null)[] = []
    let row: RowValues | null = state.removed ? null : state.values
    for (const { kind, content } of changes.toReversed()) {
      rows.push(row)
      const image = content === null ? null : (JSON.parse(content) as RowValues)
      row = kind === changeKinds.update ? { ...row, ...image } : image
    }
    return { state, before: row, rows: rows.reverse() }
  }

  #changeFrom(row: LogRow, afterBySeq: ReadonlyMap<number, RowValues | null>): CommittedChange {
    const base = { seq: row.seq, userId: row.user, at: row.at }
    if (row.kind === changeKinds.access) return { kind: 'access', ...base, subject: row.id }
    const key: RecordKey = { collection: this.#keys.nameOf(row.collection as number), id: row.id as string }
    if (row.kind === changeKinds.body)
      return { kind: 'body', ...base, ...key, update: bytesFrom(row.content as Uint8Array) }
    return {
      kind: row.kind === changeKinds.insert ? 'insert' : row.kind === changeKinds.update ? 'update' : 'remove',
      ...base,
      ...key,
      fields: JSON.parse(row.fields as string) as string[],
      after: afterBySeq.get(row.seq) ?? null,
      before: row.content === null ? null : (JSON.parse(row.content as string) as RowValues),
    }
  }
}

/** A plain view of SQLite's buffer: a Buffer would not equal, and not be encoded as, other bytes. */
export function bytesFrom(buffer: Uint8Array): Uint8Array {
  return new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.byteLength)
}

function prepareStatements(db: Database.Database) {
  return {
    record: db.prepare<[number, number, string], RecordRow>(
      'SELECT id, seq, removed, row, marks FROM record WHERE workspace = ? AND collection = ? AND id = ?',
    ),
    changesOfRows: db.prepare<[number, number, number], Entry>(`
      SELECT seq, kind, id, content FROM change INDEXED BY change_of_rows
      WHERE workspace = ? AND collection = ? AND seq > ? AND kind <= ${changeKinds.remove} ORDER BY seq`),
    changesOfRow: db.prepare<[number, number, string, number], Entry>(`
      SELECT seq, kind, id, content FROM change INDEXED BY change_of_record
      WHERE workspace = ? AND collection = ? AND id = ? AND seq > ? AND kind <= ${changeKinds.remove} ORDER BY seq`),
    updates: db
      .prepare<[number, number, string, number], Uint8Array>(`
      SELECT content FROM change INDEXED BY change_of_record
      WHERE workspace = ? AND collection = ? AND id = ? AND seq > ? AND kind = ${changeKinds.body} ORDER BY seq`)
      .pluck(),
    log: db.prepare<[number, number, number], LogRow>(`
      SELECT seq, kind, collection, id, user, at, fields, content FROM change
      WHERE workspace = ? AND seq > ? ORDER BY seq LIMIT ?`),
  }
}
