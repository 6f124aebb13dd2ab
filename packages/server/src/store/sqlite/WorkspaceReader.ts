import type { Answer, SchemaModel } from '@tidemark/core'
import type Database from 'better-sqlite3'
import { foldBody } from '../foldBody.js'
import type { FoundRecord, Read, ReadResult, Reads, RecordKey, StoredBody, StoredReplica } from '../Store.js'
import type { CollectionKeys } from './CollectionKeys.js'
import { type CompiledQuery, compileCount, compileList, type QueriedCollection } from './compileQuery.js'
import { bytesFrom, type History } from './History.js'
import { type RecordRow, stateFrom } from './RecordRow.js'
import { StatementCache } from './StatementCache.js'

interface WorkspaceRow {
  readonly key: number
  readonly head: number
  readonly floor: number
}

interface BodyRow {
  readonly seq: number
  readonly contained: number
  readonly state: Uint8Array | null
}

interface ReplicaRow {
  readonly user: string
  readonly last_number: number
  readonly last_stamp: number
  readonly answers: string
  readonly seen_at: number
}

/** No workspace has this key: reads of one that was never opened find nothing. */
const nowhere: WorkspaceRow = { key: 0, head: 0, floor: 0 }

/** Answers reads: all of one request in one transaction. */
export class WorkspaceReader {
  readonly #statements: ReturnType<typeof prepareStatements>
  readonly #queries: StatementCache
  readonly #inOneMoment: (workspace: string, reads: Reads) => Record<string, unknown>

  constructor(
    db: Database.Database,
    private readonly schema: SchemaModel,
    private readonly keys: CollectionKeys,
    private readonly history: History,
  ) {
    this.#statements = prepareStatements(db)
    this.#queries = new StatementCache(db)
    this.#inOneMoment = db.transaction((workspace, reads) => this.#readAll(workspace, reads))
  }

  read<const R extends Reads>(workspace: string, reads: R): ReadResult<R> {
    return this.#inOneMoment(workspace, reads) as ReadResult<R>
  }

  #readAll(name: string, reads: Reads): Record<string, unknown> {
    const workspace = this.#statements.workspace.get(name) ?? nowhere
    const results: Record<string, unknown> = { head: workspace.head }
    for (const [name, read] of Object.entries(reads)) results[name] = this.#answer(workspace, read)
    return results
  }

  #answer(workspace: WorkspaceRow, read: Read): unknown {
    switch (read.kind) {
      case 'records':
        return read.keys.map(key => this.#record(workspace, key))
      case 'list': {
        const collection = this.#collection(read.collection)
        if (collection === undefined) return []
        return this.#list(compileList(collection, workspace.key, read.query, read.after))
      }
      case 'count': {
        const collection = this.#collection(read.collection)
        if (collection === undefined) return 0
        const { sql, parameters } = compileCount(collection, workspace.key, read.query.where)
        return Object.values(this.#queries.prepare<Record<string, number>>(sql).get(...parameters) ?? {})[0]
      }
      case 'changed': {
        if (read.after < workspace.floor) return 'cut'
        const collection = this.keys.keyOf(read.collection)
        return collection === undefined ? [] : this.history.changed(workspace.key, collection, read.id, read.after)
      }
      case 'body':
        return this.#body(workspace, read.key, read.after)
      case 'access':
        return read.after < workspace.floor || this.history.isAccessChanged(workspace.key, read.userId, read.after)
      case 'log':
        return read.after < workspace.floor ? 'cut' : this.history.log(workspace.key, read.after, read.limit)
      case 'replicas':
        return read.replicas.map(replica => this.#replica(workspace, replica))
      case 'writers':
        return read.clientIds.map(clientId => this.#statements.writer.get(workspace.key, clientId))
    }
  }

  #collection(name: string): QueriedCollection | undefined {
    const key = this.keys.keyOf(name)
    return key === undefined ? undefined : { key, model: this.schema.collectionByName.get(name) }
  }

  #record({ key }: WorkspaceRow, { collection, id }: RecordKey) {
    const row = this.#statements.record.get(key, this.keys.keyOf(collection) ?? 0, id)
    return row && stateFrom(row)
  }

  #list({ sql, parameters }: CompiledQuery): FoundRecord[] {
    const places = this.#queries.prepare<{ rowid: number }>(sql).all(...parameters)
    return places.map(({ rowid }) => {
      const row = this.#statements.recordAt.get(rowid) as RecordRow
      return { id: row.id, state: stateFrom(row) }
    })
  }

  #body(workspace: WorkspaceRow, { collection, id }: RecordKey, after: number | undefined): StoredBody {
    const key = this.keys.keyOf(collection) ?? 0
    const row = this.#statements.body.get(workspace.key, key, id)
    if (row === undefined) return { state: null, seq: 0, ...(after !== undefined && { updates: [] }) }
    const { seq, contained, state } = row
    const updatesAfter = (position: number) => this.history.updates(workspace.key, key, seq, position)
    const folded = foldBody(state && bytesFrom(state), updatesAfter(contained))
    if (after === undefined) return { state: folded, seq }
    const isCut = after < workspace.floor && after < seq
    return { state: folded, seq, updates: isCut ? null : updatesAfter(after) }
  }

  #replica({ key }: WorkspaceRow, replica: string): StoredReplica | undefined {
    const row = this.#statements.replica.get(key, replica)
    if (row === undefined) return undefined
    return {
      replica,
      userId: row.user,
      lastNumber: row.last_number,
      lastStamp: row.last_stamp,
      answers: JSON.parse(row.answers) as Answer[],
      seenAt: row.seen_at,
    }
  }
}

function prepareStatements(db: Database.Database) {
  return {
    workspace: db.prepare<[string], WorkspaceRow>('SELECT key, head, floor FROM workspace WHERE name = ?'),
    record: db.prepare<[number, number, string], RecordRow>(
      'SELECT id, seq, removed, row, marks FROM record WHERE workspace = ? AND collection = ? AND id = ?',
    ),
    recordAt: db.prepare<[number], RecordRow>('SELECT id, seq, removed, row, marks FROM record WHERE rowid = ?'),
    body: db.prepare<[number, number, string], BodyRow>(
      'SELECT seq, contained, state FROM body WHERE workspace = ? AND collection = ? AND id = ?',
    ),
    replica: db.prepare<[number, string], ReplicaRow>(
      'SELECT user, last_number, last_stamp, answers, seen_at FROM replica WHERE workspace = ? AND replica = ?',
    ),
    writer: db
      .prepare<[number, number], string>('SELECT user FROM writer WHERE workspace = ? AND client_id = ?')
      .pluck(),
  }
}
