import type { CommittedChange, RecordState } from '@tidemark/core'
import Database from 'better-sqlite3'
import { entryBytes } from '../entryBytes.js'
import { mustFollow } from '../mustFollow.js'
import type { CommitBatch, CommitOutcome, RecordKey, WorkspaceCommit } from '../Store.js'
import { changeKinds } from '../sql/changeKinds.js'
import type { CollectionKeys } from './CollectionKeys.js'
import { accessStream, bodyStream, rowStream } from './changeStreams.js'

interface WorkspaceRow {
  readonly key: number
  readonly shard: number
  readonly head: number
}

/** A workspace's part, and the key under which it is written. */
type KeyedPart = readonly [workspace: number, part: WorkspaceCommit]

/** Writes batches: fences and heads are looked at in the transaction that writes. */
export class BatchWriter {
  readonly #db: Database.Database
  readonly #keys: CollectionKeys
  readonly #statements: ReturnType<typeof prepareStatements>

  constructor(db: Database.Database, keys: CollectionKeys) {
    this.#db = db
    this.#keys = keys
    this.#statements = prepareStatements(db)
  }

  commit(batch: CommitBatch, nowMs: number): CommitOutcome {
    for (const part of batch.workspaces) {
      mustFollow(part)
      for (const key of keysIn(part)) this.#keys.make(key.collection)
    }
    const { begin, commit, rollback } = this.#statements
    try {
      begin.run()
      const outcome = this.#write(batch, nowMs)
      if (outcome.status === 'committed') commit.run()
      return outcome
    } catch (error) {
      return { status: 'unknown', error: error instanceof Error ? error : new Error(String(error)) }
    } finally {
      if (this.#db.inTransaction) rollback.run()
    }
  }

  #write({ epochs, workspaces }: CommitBatch, nowMs: number): CommitOutcome {
    const { epochOf, workspaceOf } = this.#statements
    const lost = epochs.filter(({ shard, epoch }) => epochOf.get(shard) !== epoch)
    if (lost.length > 0) return { status: 'fenced', shards: lost.map(({ shard }) => shard) }
    const named = new Set(epochs.map(({ shard }) => shard))
    const overtaken: string[] = []
    const parts: KeyedPart[] = []
    for (const part of workspaces) {
      const { key, shard, head } = workspaceOf.get(part.workspace) ?? { key: 0, shard: -1, head: 0 }
      if (!named.has(shard)) return { status: 'fenced', shards: [shard] }
      if (head === part.from) parts.push([key, part])
      else overtaken.push(part.workspace)
    }
    return overtaken.length > 0 ? { status: 'overtaken', workspaces: overtaken } : this.#writeParts(parts, nowMs)
  }

  #writeParts(parts: readonly KeyedPart[], nowMs: number): CommitOutcome {
    for (const [key, part] of parts) {
      try {
        this.#writePart(key, part, nowMs)
      } catch (error) {
        if (!isOfContent(error)) throw error
        return { status: 'refused', workspace: part.workspace, reason: error.message }
      }
    }
    return { status: 'committed' }
  }

  #writePart(workspace: number, part: WorkspaceCommit, nowMs: number): void {
    const { putReplica, putWriter, moveHead } = this.#statements
    // The log first: its chains begin at the rows and bodies as they were.
    const bytes = this.#log(workspace, part.changes, nowMs)
    for (const record of part.records) this.#putRecord(workspace, record, record.state)
    this.#putBodies(workspace, part)
    for (const { replica, userId, lastNumber, lastStamp, answers, seenAt } of part.replicas) {
      putReplica.run(workspace, replica, userId, lastNumber, lastStamp, JSON.stringify(answers), seenAt)
    }
    for (const { clientId, userId } of part.writers) putWriter.run(workspace, clientId, userId)
    moveHead.run(part.to, bytes, workspace)
  }

  /** Appends the changes, and answers what they count for. */
  #log(workspace: number, changes: readonly CommittedChange[], nowMs: number): number {
    const { putChange, lastOfRow, lastOfBody } = this.#statements
    const lastByName = new Map<string, number>()
    let sum = 0
    for (const change of changes) {
      const { kind, seq, userId, at } = change
      const content = contentOf(change)
      const bytes = entryBytes(content)
      sum += bytes
      const end = [userId, at, nowMs, bytes] as const
      if (kind === 'access') {
        putChange.run(workspace, accessStream, seq, 0, changeKinds.access, change.subject, ...end, null, null)
        continue
      }
      const { id } = change
      const collection = this.#keys.make(change.collection)
      const [stream, last] = kind === 'body' ? [bodyStream(collection), lastOfBody] : [rowStream(collection), lastOfRow]
      const name = `${stream} ${id}`
      const previous = lastByName.get(name) ?? last.get(workspace, collection, id) ?? 0
      lastByName.set(name, seq)
      const fields = kind === 'body' ? null : JSON.stringify(change.fields)
      putChange.run(workspace, stream, seq, previous, changeKinds[kind], id, ...end, fields, content)
    }
    return sum
  }

  #putRecord(workspace: number, { collection, id }: RecordKey, state: RecordState): void {
    const { putRecord, dropBody } = this.#statements
    const { seq, values, marks, removed } = state
    const key = this.#keys.make(collection)
    putRecord.run(workspace, key, id, seq, removed ? 1 : 0, JSON.stringify(values), JSON.stringify(marks))
    if (removed) dropBody.run(workspace, key, id)
  }

  #putBodies(workspace: number, { changes, records, bodies }: WorkspaceCommit): void {
    const { putBody, growBody } = this.#statements
    const nameOf = ({ collection, id }: RecordKey) => `${collection} ${id}`
    const containedByName = new Map<string, number>()
    for (const { state, seq, ...key } of bodies) {
      containedByName.set(nameOf(key), seq)
      putBody.run(workspace, this.#keys.make(key.collection), key.id, seq, seq, state)
    }
    for (const record of records) if (record.state.removed) containedByName.set(nameOf(record), record.state.seq)
    for (const change of changes) {
      if (change.kind !== 'body' || change.seq <= (containedByName.get(nameOf(change)) ?? 0)) continue
      growBody.run(workspace, this.#keys.make(change.collection), change.id, change.seq, change.update.byteLength)
    }
  }
}

function contentOf(change: CommittedChange): string | Uint8Array | null {
  if (change.kind === 'body') return change.update
  return change.kind === 'access' || change.before === null ? null : JSON.stringify(change.before)
}

function* keysIn({ changes, records, bodies }: WorkspaceCommit): Iterable<RecordKey> {
  for (const change of changes) if (change.kind !== 'access') yield change
  yield* records
  yield* bodies
}

/** Not the disk's or the lock's fault, but that of what was to be written. */
function isOfContent(error: unknown): error is Error {
  if (!(error instanceof Database.SqliteError)) return error instanceof RangeError || error instanceof TypeError
  return /^SQLITE_(CONSTRAINT|TOOBIG|MISMATCH|ERROR$)/.test(error.code)
}

function prepareStatements(db: Database.Database) {
  return {
    begin: db.prepare('BEGIN IMMEDIATE'),
    commit: db.prepare('COMMIT'),
    rollback: db.prepare('ROLLBACK'),
    epochOf: db.prepare<[number], number>('SELECT epoch FROM shard WHERE shard = ?').pluck(),
    workspaceOf: db.prepare<[string], WorkspaceRow>('SELECT key, shard, head FROM workspace WHERE name = ?'),
    moveHead: db.prepare('UPDATE workspace SET head = ?, log_bytes = log_bytes + ? WHERE key = ?'),
    lastOfRow: lastOf(db, 'record'),
    lastOfBody: lastOf(db, 'body'),
    putChange: db.prepare(`
      INSERT INTO change (workspace, stream, seq, previous, kind, id, user, at, committed_at, bytes, fields, content)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`),
    putRecord: db.prepare(`
      INSERT INTO record (workspace, collection, id, seq, removed, row, marks) VALUES (?, ?, ?, ?, ?, ?, ?)
      ON CONFLICT (workspace, collection, id) DO UPDATE
      SET seq = excluded.seq, removed = excluded.removed, row = excluded.row, marks = excluded.marks`),
    putBody: db.prepare(`
      INSERT INTO body (workspace, collection, id, seq, contained, tail_bytes, state) VALUES (?, ?, ?, ?, ?, 0, ?)
      ON CONFLICT (workspace, collection, id) DO UPDATE
      SET seq = excluded.seq, contained = excluded.contained, tail_bytes = 0, state = excluded.state`),
    growBody: db.prepare(`
      INSERT INTO body (workspace, collection, id, seq, contained, tail_bytes) VALUES (?, ?, ?, ?, 0, ?)
      ON CONFLICT (workspace, collection, id) DO UPDATE
      SET seq = excluded.seq, tail_bytes = tail_bytes + excluded.tail_bytes`),
    dropBody: db.prepare('DELETE FROM body WHERE workspace = ? AND collection = ? AND id = ?'),
    putReplica: db.prepare(`
      INSERT OR REPLACE INTO replica (workspace, replica, user, last_number, last_stamp, answers, seen_at)
      VALUES (?, ?, ?, ?, ?, ?, ?)`),
    putWriter: db.prepare('INSERT OR REPLACE INTO writer (workspace, client_id, user) VALUES (?, ?, ?)'),
  }
}

/** The last change of a row or a body. */
function lastOf(db: Database.Database, table: 'record' | 'body') {
  const sql = `SELECT seq FROM ${table} WHERE workspace = ? AND collection = ? AND id = ?`
  return db.prepare<[number, number, string], number>(sql).pluck()
}
