import type Database from 'better-sqlite3'
import { foldBody } from '../foldBody.js'
import { askedMs, passingPrefixes, replicaPrefix } from '../nodeReplicas.js'
import type { Retention } from '../Store.js'
import type { CollectionKeys } from './CollectionKeys.js'
import { collectionOfStream, isBodyStream } from './changeStreams.js'
import { bytesFrom, type History } from './History.js'
import { StatementCache } from './StatementCache.js'

interface BodyRow {
  readonly workspace: number
  readonly collection: number
  readonly id: string
  readonly seq: number
  readonly contained: number
  readonly state: Uint8Array | null
}

interface LogBounds {
  readonly key: number
  readonly floor: number
  readonly log_bytes: number
}

interface Entry {
  readonly rowid: number
  readonly seq: number
  readonly stream: number
  readonly id: string | null
  readonly committed_at: number
  readonly bytes: number
}

/** Entries cut and workspaces looked at in one step: some milliseconds. */
const entriesPerStep = 200
const workspacesPerStep = 200

/**
 * The slow work of a store in small steps: `*tend` yields after each, and others may read and write in between.
 * Each step is a transaction of its own and looks at everything anew.
 */
export class LogTender {
  readonly #keys: CollectionKeys
  readonly #history: History
  readonly #statements: ReturnType<typeof prepareStatements>
  readonly #logStatements: StatementCache
  readonly #foldNext: () => boolean
  readonly #cutNext: (workspace: number, policy: Retention, nowMs: number) => boolean

  constructor(db: Database.Database, keys: CollectionKeys, history: History) {
    this.#keys = keys
    this.#history = history
    this.#statements = prepareStatements(db)
    this.#logStatements = new StatementCache(db)
    this.#foldNext = db.transaction(() => this.#foldLong()).immediate
    this.#cutNext = db.transaction((workspace: number, policy: Retention, nowMs: number) =>
      this.#cut(workspace, policy, nowMs),
    ).immediate
  }

  *tend(policy: Retention, nowMs: number): Generator<void> {
    while (this.#foldNext()) yield
    const { lastWorkspace, workspaces, forgetReplicas } = this.#statements
    const last = lastWorkspace.get() ?? 0
    for (let from = 0; from < last; from += workspacesPerStep) {
      const to = from + workspacesPerStep
      const { replicaAgeMs, passingReplicaAgeMs } = policy
      forgetReplicas.run(from, to, nowMs - replicaAgeMs, nowMs - passingReplicaAgeMs, nowMs - askedMs)
      const found = workspaces.all(from, to).filter(workspace => this.#isOver(workspace, policy, nowMs))
      yield
      for (const { key } of found) while (this.#cutNext(key, policy, nowMs)) yield
    }
  }

  /** Folds one body whose log has grown long beside its state. */
  #foldLong(): boolean {
    const body = this.#statements.longTail.get()
    if (body !== undefined) this.#fold(body)
    return body !== undefined
  }

  #fold({ workspace, collection, id, seq, contained, state }: BodyRow): void {
    const updates = this.#history.updates(workspace, collection, seq, contained)
    const folded = foldBody(state && bytesFrom(state), updates)
    this.#statements.putState.run(folded, seq, workspace, collection, id)
  }

  #isOver({ key, floor, log_bytes }: LogBounds, policy: Retention, nowMs: number): boolean {
    if (log_bytes > policy.logBytes) return true
    const [oldest] = this.#entries(key, floor, 1)
    return oldest !== undefined && oldest.committed_at < nowMs - policy.logAgeMs
  }

  /** Cuts some of the oldest entries, or folds a body that needs them; false when nothing is left to do. */
  #cut(workspace: number, policy: Retention, nowMs: number): boolean {
    const { bounds, body, drop, moveFloor } = this.#statements
    const { floor, log_bytes } = bounds.get(workspace) as LogBounds
    let bytes = log_bytes
    const old: Entry[] = []
    for (const entry of this.#entries(workspace, floor, entriesPerStep)) {
      if (entry.committed_at >= nowMs - policy.logAgeMs && bytes <= policy.logBytes) break
      bytes -= entry.bytes
      old.push(entry)
    }
    const newFloor = old.at(-1)?.seq
    if (newFloor === undefined) return false
    for (const { seq, stream, id } of old) {
      if (!isBodyStream(stream) || id === null) continue
      const found = body.get(workspace, collectionOfStream(stream), id)
      if (found === undefined || found.contained >= seq) continue
      this.#fold(found)
      return true
    }
    for (const { rowid } of old) drop.run(rowid)
    moveFloor.run(newFloor, bytes, workspace)
    return true
  }

  /** The oldest entries of a log. No seq is missing, so a stretch of seqs is as many entries. */
  #entries(workspace: number, floor: number, limit: number): Entry[] {
    const sql = `
      SELECT rowid, seq, stream, id, committed_at, bytes FROM change
      WHERE workspace = ? AND stream IN (${this.#keys.streams}) AND seq > ? AND seq <= ? ORDER BY seq`
    return this.#logStatements.prepare<Entry>(sql).all(workspace, floor, floor + limit)
  }
}

/** A body is folded once its log outweighs a quarter of its state: what that writes stays in proportion to what came in. */
const minTailBytes = 64 << 10

function prepareStatements(db: Database.Database) {
  return {
    longTail: db.prepare<[], BodyRow>(`
      SELECT workspace, collection, id, seq, contained, state FROM body INDEXED BY body_by_tail
      WHERE tail_bytes > ${minTailBytes} AND tail_bytes * 4 > ifnull(length(state), 0) LIMIT 1`),
    putState: db.prepare(`
      UPDATE body SET state = ?, contained = ?, tail_bytes = 0 WHERE workspace = ? AND collection = ? AND id = ?`),
    lastWorkspace: db.prepare<[], number>('SELECT max(key) FROM workspace').pluck(),
    workspaces: db.prepare<[number, number], LogBounds>(
      'SELECT key, floor, log_bytes FROM workspace WHERE key > ? AND key <= ? AND head > floor',
    ),
    bounds: db.prepare<[number], LogBounds>('SELECT key, floor, log_bytes FROM workspace WHERE key = ?'),
    body: db.prepare<[number, number, string], BodyRow>(`
      SELECT workspace, collection, id, seq, contained, state FROM body
      WHERE workspace = ? AND collection = ? AND id = ?`),
    drop: db.prepare('DELETE FROM change WHERE rowid = ?'),
    moveFloor: db.prepare('UPDATE workspace SET floor = ?, log_bytes = ? WHERE key = ?'),
    forgetReplicas: db.prepare(`
      DELETE FROM replica WHERE workspace > ? AND workspace <= ? AND (
        (seen_at < ? AND replica NOT GLOB '${replicaPrefix.listener}*') OR
        (seen_at < ? AND (${passingPrefixes.map(prefix => `replica GLOB '${prefix}*'`).join(' OR ')})) OR
        (seen_at < ? AND replica GLOB '${replicaPrefix.ask}*'))`),
  }
}
