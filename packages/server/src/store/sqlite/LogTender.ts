import type Database from 'better-sqlite3'
import { foldBody } from '../foldBody.js'
import type { Retention } from '../Store.js'
import { changeKinds } from './changeKinds.js'
import { bytesFrom, type History } from './History.js'

interface BodyRow {
  readonly workspace: number
  readonly collection: number
  readonly id: string
  readonly seq: number
  readonly contained: number
  readonly state: Uint8Array | null
}

interface LogStretch {
  readonly key: number
  readonly floor: number
  readonly log_bytes: number
}

interface Entry {
  readonly seq: number
  readonly committed_at: number
  readonly bytes: number
}

/** Entries looked at, workspaces looked through, replicas forgotten in one step: each some milliseconds at most. */
const entriesPerStep = 500
const workspacesPerStep = 1_000
const replicasPerStep = 500

/**
 * The slow work of a store in small steps: `*tend` yields after each, and others may read and write in between.
 * Each step is a transaction of its own and looks at everything anew.
 */
export class LogTender {
  readonly #statements: ReturnType<typeof prepareStatements>
  readonly #foldNext: () => boolean
  readonly #cutNext: (workspace: number, policy: Retention, nowMs: number) => boolean

  constructor(
    db: Database.Database,
    private readonly history: History,
  ) {
    this.#statements = prepareStatements(db)
    this.#foldNext = db.transaction(() => this.#foldLong()).immediate
    this.#cutNext = db.transaction((workspace: number, policy: Retention, nowMs: number) =>
      this.#cut(workspace, policy, nowMs),
    ).immediate
  }

  *tend(policy: Retention, nowMs: number): Generator<void> {
    while (this.#foldNext()) yield
    const { lastWorkspace, overBounds, forgetReplicas } = this.#statements
    const last = lastWorkspace.get() ?? 0
    for (let from = 0; from < last; from += workspacesPerStep) {
      const found = overBounds.all(from, from + workspacesPerStep, policy.logBytes, nowMs - policy.logAgeMs)
      yield
      for (const workspace of found) while (this.#cutNext(workspace, policy, nowMs)) yield
    }
    while (forgetReplicas.run(nowMs - policy.replicaAgeMs).changes > 0) yield
  }

  /** Folds one body whose log has grown long beside its state. */
  #foldLong(): boolean {
    const body = this.#statements.longTail.get()
    if (body !== undefined) this.#fold(body)
    return body !== undefined
  }

  #fold({ workspace, collection, id, seq, contained, state }: BodyRow): void {
    const updates = this.history.updates(workspace, collection, id, contained)
    const folded = foldBody(state && bytesFrom(state), updates)
    this.#statements.putState.run(folded, seq, workspace, collection, id)
  }

  /** Cuts some of the oldest entries, or folds a body that needs them; false when nothing is left to do. */
  #cut(workspace: number, policy: Retention, nowMs: number): boolean {
    const { stretch, entries, unfolded, drop, moveFloor } = this.#statements
    const { floor, log_bytes } = stretch.get(workspace) as LogStretch
    let newFloor = floor
    let bytes = log_bytes
    for (const entry of entries.all(workspace, floor, entriesPerStep)) {
      if (entry.committed_at >= nowMs - policy.logAgeMs && bytes <= policy.logBytes) break
      bytes -= entry.bytes
      newFloor = entry.seq
    }
    if (newFloor === floor) return false
    const body = unfolded.get(workspace, floor, newFloor)
    if (body !== undefined) {
      this.#fold(body)
      return true
    }
    drop.run(workspace, newFloor)
    moveFloor.run(newFloor, bytes, workspace)
    return true
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
    overBounds: db
      .prepare<[number, number, number, number], number>(`
      SELECT key FROM workspace WHERE key > ? AND key <= ? AND head > floor AND (log_bytes > ? OR ? > (
        SELECT committed_at FROM change WHERE change.workspace = workspace.key AND seq = workspace.floor + 1
      ))`)
      .pluck(),
    stretch: db.prepare<[number], LogStretch>('SELECT key, floor, log_bytes FROM workspace WHERE key = ?'),
    entries: db.prepare<[number, number, number], Entry>(
      'SELECT seq, committed_at, bytes FROM change WHERE workspace = ? AND seq > ? ORDER BY seq LIMIT ?',
    ),
    unfolded: db.prepare<[number, number, number], BodyRow>(`
      SELECT body.* FROM change JOIN body USING (workspace, collection, id)
      WHERE change.workspace = ? AND change.seq > ? AND change.seq <= ? AND change.kind = ${changeKinds.body}
        AND change.seq > body.contained LIMIT 1`),
    drop: db.prepare('DELETE FROM change WHERE workspace = ? AND seq <= ?'),
    moveFloor: db.prepare('UPDATE workspace SET floor = ?, log_bytes = ? WHERE key = ?'),
    forgetReplicas: db.prepare(`
      DELETE FROM replica WHERE (workspace, replica) IN (
        SELECT workspace, replica FROM replica WHERE seen_at < ? LIMIT ${replicasPerStep}
      )`),
  }
}
