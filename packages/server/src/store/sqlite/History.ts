import type { CommittedChange, RecordState, RowChange, RowValues } from '@tidemark/core'
import type Database from 'better-sqlite3'
import type { ChangedRecord, RecordKey } from '../Store.js'
import { changeKinds, kindName } from '../sql/changeKinds.js'
import { type RebuiltRows, rebuildRows } from '../sql/rebuildRows.js'
import type { CollectionKeys } from './CollectionKeys.js'
import { accessStream, bodyStream, collectionOfStream, rowStream } from './changeStreams.js'
import { type RecordRow, stateFrom } from './RecordRow.js'
import { StatementCache } from './StatementCache.js'

/** A change of a row, with the row before as JSON. */
interface RowEntry {
  readonly seq: number
  readonly previous: number
  readonly kind: number
  readonly id: string
  readonly content: string | null
}

interface BodyEntry {
  readonly previous: number
  readonly content: Uint8Array
}

interface LogRow {
  readonly stream: number
  readonly seq: number
  readonly kind: number
  readonly id: string | null
  readonly user: string
  readonly at: number
  readonly fields: string | null
  readonly content: string | Uint8Array | null
}

/** Reads the log of changes. */
export class History {
  readonly #keys: CollectionKeys
  readonly #statements: ReturnType<typeof prepareStatements>
  readonly #logStatements: StatementCache

  constructor(db: Database.Database, keys: CollectionKeys) {
    this.#keys = keys
    this.#statements = prepareStatements(db)
    this.#logStatements = new StatementCache(db)
  }

  changed(workspace: number, collection: number, id: string | undefined, after: number): ChangedRecord[] {
    const entriesById = new Map<string, RowEntry[]>()
    if (id === undefined) {
      for (const entry of this.#statements.rowsChanged.all(workspace, rowStream(collection), after)) {
        const known = entriesById.get(entry.id)
        if (known === undefined) entriesById.set(entry.id, [entry])
        else known.push(entry)
      }
    } else {
      const entries = this.#chainOf(workspace, collection, id, after)
      if (entries.length > 0) entriesById.set(id, entries)
    }
    return Array.from(entriesById, ([id, entries]) => ({ id, ...this.#rebuild(workspace, collection, id, entries) }))
  }

  log(workspace: number, after: number, limit: number): CommittedChange[] {
    // No seq is missing, so a stretch of seqs is as many entries.
    const sql = `
      SELECT stream, seq, kind, id, user, at, fields, content FROM change
      WHERE workspace = ? AND stream IN (${this.#keys.streams}) AND seq > ? AND seq <= ? ORDER BY seq`
    const rows = this.#logStatements.prepare<LogRow>(sql).all(workspace, after, after + limit)
    const afterBySeq = this.#rowsAfter(workspace, rows)
    return rows.map(row => this.#changeFrom(row, afterBySeq))
  }

  isAccessChanged(workspace: number, userId: string, after: number): boolean {
    return this.#statements.accessChanged.get(workspace, accessStream, after, userId) !== undefined
  }

  /** The updates of a body after a position, given its last change. */
  updates(workspace: number, collection: number, last: number, after: number): Uint8Array[] {
    const updates: Uint8Array[] = []
    for (let seq = last; seq > after; ) {
      const { previous, content } = mustFind(
        this.#statements.bodyEntry.get(workspace, bodyStream(collection), seq),
        seq,
      )
      updates.push(bytesFrom(content))
      seq = previous
    }
    return updates.reverse()
  }

  /** The changes of one row after a position, oldest first. */
  #chainOf(workspace: number, collection: number, id: string, after: number): RowEntry[] {
    const { record, rowEntry } = this.#statements
    const entries: RowEntry[] = []
    for (let seq = record.get(workspace, collection, id)?.seq ?? 0; seq > after; ) {
      const entry = mustFind(rowEntry.get(workspace, rowStream(collection), seq), seq)
      entries.push(entry)
      seq = entry.previous
    }
    return entries.reverse()
  }

  /** For each row change of a stretch of the log, the row after it. */
  #rowsAfter(workspace: number, stretch: readonly LogRow[]): Map<number, RowValues | null> {
    const afterBySeq = new Map<number, RowValues | null>()
    for (const { stream, seq, kind, id } of stretch) {
      if (kind > changeKinds.remove || id === null || afterBySeq.has(seq)) continue
      // The first of this record in the stretch: all that came since is rebuilt at once.
      const entries = this.#chainOf(workspace, collectionOfStream(stream), id, seq - 1)
      const { rows } = this.#rebuild(workspace, collectionOfStream(stream), id, entries)
      for (const [index, entry] of entries.entries()) afterBySeq.set(entry.seq, rows[index] ?? null)
    }
    return afterBySeq
  }

  #rebuild(
    workspace: number,
    collection: number,
    id: string,
    entries: readonly RowEntry[],
  ): RebuiltRows & { readonly state: RecordState } {
    const state = stateFrom(mustFind(this.#statements.record.get(workspace, collection, id), entries[0]?.seq))
    const parsed = entries.map(({ kind, content }) => ({ kind, before: rowFrom(content) }))
    return { state, ...rebuildRows(state, parsed) }
  }

  #changeFrom(row: LogRow, afterBySeq: ReadonlyMap<number, RowValues | null>): CommittedChange {
    const { stream, seq, kind, user: userId, at } = row
    const base = { seq, userId, at }
    if (stream === accessStream) return { kind: 'access', ...base, subject: row.id }
    const key: RecordKey = { collection: this.#keys.nameOf(collectionOfStream(stream)), id: row.id as string }
    if (kind === changeKinds.body)
      return { kind: 'body', ...base, ...key, update: bytesFrom(row.content as Uint8Array) }
    return {
      kind: kindName(kind) as RowChange['kind'],
      ...base,
      ...key,
      fields: JSON.parse(row.fields as string) as string[],
      after: afterBySeq.get(seq) ?? null,
      before: rowFrom(row.content as string | null),
    }
  }
}

function rowFrom(content: string | null): RowValues | null {
  return content === null ? null : (JSON.parse(content) as RowValues)
}

/** A plain view of SQLite's buffer: a Buffer would not equal other bytes. */
export function bytesFrom(buffer: Uint8Array): Uint8Array {
  return new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.byteLength)
}

function mustFind<T>(found: T | undefined, seq: number | undefined): T {
  if (found === undefined) throw new Error(`What belongs to the change ${seq} is not stored.`)
  return found
}

function prepareStatements(db: Database.Database) {
  return {
    record: db.prepare<[number, number, string], RecordRow>(
      'SELECT id, seq, removed, row, marks FROM record WHERE workspace = ? AND collection = ? AND id = ?',
    ),
    rowsChanged: db.prepare<[number, number, number], RowEntry>(`
      SELECT seq, previous, kind, id, content FROM change
      WHERE workspace = ? AND stream = ? AND seq > ? ORDER BY seq`),
    rowEntry: db.prepare<[number, number, number], RowEntry>(
      'SELECT seq, previous, kind, id, content FROM change WHERE workspace = ? AND stream = ? AND seq = ?',
    ),
    accessChanged: db.prepare<[number, number, number, string], object>(
      'SELECT 1 FROM change WHERE workspace = ? AND stream = ? AND seq > ? AND (id IS NULL OR id = ?) LIMIT 1',
    ),
    bodyEntry: db.prepare<[number, number, number], BodyEntry>(
      'SELECT previous, content FROM change WHERE workspace = ? AND stream = ? AND seq = ?',
    ),
  }
}
