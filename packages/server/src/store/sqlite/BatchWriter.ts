import type { CommittedChange, RecordState } from '@tidemark/core'
import Database from 'better-sqlite3'
import { entryBytes } from '../entryBytes.js'
import { mustFollow } from '../mustFollow.js'
import type { CommitBatch, CommitOutcome, RecordKey, WorkspaceCommit } from '../Store.js'
import type { CollectionKeys } from './CollectionKeys.js'
import { changeKinds } from './changeKinds.js'

interface WorkspaceRow {
  readonly key: number
  readonly shard: number
  readonly head: number
}

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
    const { begin, commit } = this.#statements
    try {
      begin.run()
      const refusal = this.#refusalOf(batch) ?? this.#writeAll(batch, nowMs)
      if (refusal === undefined) commit.run()
      return refusal ?? { status: 'committed' }
    } catch (error) {
      return { status: 'unknown', error: error instanceof Error ? error : new Error(String(error)) }
    } finally {
      if (this.#db.inTransaction) this.#statements.rollback.run()
    }
  }

  #refusalOf({ epochs, workspaces }: CommitBatch): CommitOutcome | undefined {
    const { epochOf, workspaceOf } = this.#statements
    const lost = epochs.filter(({ shard, epoch }) => epochOf.get(shard) !== epoch)
    if (lost.length > 0) return { status: 'fenced', shards: lost.map(({ shard }) => shard) }
    const named = new Set(epochs.map(({ shard }) => shard))
    const overtaken: string[] = []
    for (const { workspace, from } of workspaces) {
      const { shard, head } = workspaceOf.get(workspace) ?? { shard: -1, head: 0 }
      if (!named.has(shard)) return { status: 'fenced', shards: [shard] }
      if (head !== from) overtaken.push(workspace)
    }
    return overtaken.length === 0 ? undefined : { status: 'overtaken', workspaces: overtaken }
  }

  #writeAll({ workspaces }: CommitBatch, nowMs: number): CommitOutcome | undefined {
    for (const part of workspaces) {
      try {
        this.#write(part, nowMs)
      } catch (error) {
        if (!isOfContent(error)) throw error
        return { status: 'refused', workspace: part.workspace, reason: error.message }
      }
    }
    return undefined
  }

  #write(part: WorkspaceCommit, nowMs: number): void {
    const { workspaceOf, putReplica, putWriter, moveHead } = this.#statements
    const { key } = workspaceOf.get(part.workspace) as WorkspaceRow
    let bytes = 0
    for (const change of part.changes) bytes += this.#log(key, change, nowMs)
    for (const record of part.records) this.#putRecord(key, record, record.state)
    this.#putBodies(key, part)
    for (const { replica, userId, lastNumber, lastStamp, answers, seenAt } of part.replicas) {
      putReplica.run(key, replica, userId, lastNumber, lastStamp, JSON.stringify(answers), seenAt)
    }
    for (const { clientId, userId } of part.writers) putWriter.run(key, clientId, userId)
    moveHead.run(part.to, bytes, key)
  }

  /** Appends one entry, and answers what it counts for. */
  #log(workspace: number, change: CommittedChange, nowMs: number): number {
    const { kind, seq, userId, at } = change
    const content = contentOf(change)
    const bytes = entryBytes(content)
    const [collection, id] =
      kind === 'access' ? [null, change.subject] : [this.#keys.make(change.collection), change.id]
    const fields = kind === 'update' || kind === 'insert' || kind === 'remove' ? JSON.stringify(change.fields) : null
    const { putChange } = this.#statements
    putChange.run(workspace, seq, changeKinds[kind], collection, id, userId, at, nowMs, bytes, fields, content)
    return bytes
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
    const removed = new Set(records.filter(({ state }) => state.removed).map(nameOf))
    for (const change of changes) {
      if (change.kind !== 'body' || removed.has(nameOf(change))) continue
      if (change.seq <= (containedByName.get(nameOf(change)) ?? 0)) continue
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
    putChange: db.prepare(`
      INSERT INTO change (workspace, seq, kind, collection, id, user, at, committed_at, bytes, fields, content)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`),
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
