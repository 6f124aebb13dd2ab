import { foldBody } from '../foldBody.js'
import { askedMs, passingPrefixes, replicaPrefix } from '../nodeReplicas.js'
import type { RecordKey, Retention } from '../Store.js'
import { changeKinds } from '../sql/changeKinds.js'
import type { Connections } from './Connections.js'
import { bytesFrom } from './readLog.js'

interface BodyKey extends RecordKey {
  readonly workspace: string
}

interface TailedBody {
  readonly seq: number
  readonly contained: number
  readonly tail: number
  readonly state: string | null
  readonly updates: readonly string[] | null
}

interface PageRow {
  /** Null: there are no more workspaces. */
  readonly last: string | null
  /** Those whose log is above its bounds. */
  readonly over: readonly string[] | null
}

interface CutRow {
  readonly floor: number
  /** The last entry that may go in this step; null: none. */
  readonly to: number | null
  readonly bytes: number
  /** One that must be folded first, for it needs an entry that is to go. */
  readonly body: RecordKey | null
}

/** Entries cut, workspaces and bodies looked at in one step: some milliseconds. */
const entriesPerStep = 200
const workspacesPerStep = 200
const bodiesPerStep = 50

/** A body is folded once its log outweighs a quarter of its state: what that writes stays in proportion to what came in. */
const minTailBytes = 64 << 10

/**
 * The slow work of a store in small steps: `*tend` yields after each. A step holds no lock while it thinks, and writes
 * only if what it has read still stands; so several nodes may tend at once, and what one has done the others find done.
 */
export class LogTender {
  constructor(private readonly connections: Connections) {}

  async *tend(policy: Retention, nowMs: number): AsyncGenerator<void> {
    for (let bodies = await this.#longTails(); bodies.length > 0; bodies = await this.#longTails()) {
      for (const body of bodies) {
        await this.#fold(body)
        yield
      }
    }
    let from = ''
    for (;;) {
      const { last, over } = await this.#page(from, policy, nowMs)
      if (last === null) return
      await this.#forgetReplicas(from, last, policy, nowMs)
      yield
      for (const workspace of over ?? []) while (await this.#cut(workspace, policy, nowMs)) yield
      from = last
    }
  }

  #longTails(): Promise<BodyKey[]> {
    return this.connections.read<BodyKey>({
      text: `
        SELECT workspace, collection, id FROM body
        WHERE tail_bytes > ${minTailBytes} AND tail_bytes * 4 > coalesce(octet_length(state), 0) LIMIT ${bodiesPerStep}`,
    })
  }

  async #fold({ workspace, collection, id }: BodyKey): Promise<void> {
    const key = [workspace, collection, id]
    const whose = 'workspace = $1 AND collection = $2 AND id = $3'
    const [body] = await this.connections.read<TailedBody>({
      text: `
        SELECT seq::float8 AS seq, contained::float8 AS contained, tail_bytes::float8 AS tail, encode(state, 'base64') AS state, (
          SELECT json_agg(encode(body_update, 'base64') ORDER BY change.seq) FROM change
          WHERE ${whose} AND kind = ${changeKinds.body} AND change.seq > body.contained) AS updates
        FROM body WHERE ${whose}`,
      values: key,
    })
    if (body === undefined) return
    const { seq, contained, tail, state, updates } = body
    const folded = foldBody(state === null ? null : bytesFrom(state), (updates ?? []).map(bytesFrom))
    await this.connections.write({
      text: `UPDATE body SET state = $4, contained = $5, tail_bytes = tail_bytes - $6 WHERE ${whose} AND contained = $7`,
      values: [...key, Buffer.from(folded), seq, tail, contained],
    })
  }

  async #page(from: string, { logBytes, logAgeMs }: Retention, nowMs: number): Promise<PageRow> {
    const [page] = await this.connections.read<PageRow>({
      text: `
        SELECT max(name) AS last, json_agg(name ORDER BY name) FILTER (WHERE log_bytes > $2 OR oldest < $3) AS over FROM (
          SELECT name, log_bytes, (
            SELECT committed_at FROM change WHERE workspace = name AND seq = floor + 1) AS oldest
          FROM workspace WHERE name > $1 ORDER BY name LIMIT ${workspacesPerStep}) AS page`,
      values: [from, logBytes, nowMs - logAgeMs],
    })
    return page as PageRow
  }

  /** Passes over those that a commit is at: they are seen again. Whoever waits for none can be in no deadlock. */
  async #forgetReplicas(from: string, last: string, policy: Retention, nowMs: number): Promise<void> {
    const begins = (prefix: string) => `starts_with(replica, '${prefix}')`
    await this.connections.write({
      text: `
        WITH old AS MATERIALIZED (
          SELECT workspace, replica FROM replica WHERE workspace > $1 AND workspace <= $2 AND (
            (seen_at < $3 AND NOT ${begins(replicaPrefix.listener)}) OR
            (seen_at < $4 AND (${passingPrefixes.map(begins).join(' OR ')})) OR
            (seen_at < $5 AND ${begins(replicaPrefix.ask)})) FOR UPDATE SKIP LOCKED
        )
        DELETE FROM replica USING old WHERE replica.workspace = old.workspace AND replica.replica = old.replica`,
      values: [from, last, nowMs - policy.replicaAgeMs, nowMs - policy.passingReplicaAgeMs, nowMs - askedMs],
    })
  }

  /** Cuts some of the oldest entries, or folds a body that needs them; false when nothing is left to do. */
  async #cut(workspace: string, { logBytes, logAgeMs }: Retention, nowMs: number): Promise<boolean> {
    // No seq is missing, so a stretch of seqs is as many entries.
    const [next] = await this.connections.read<CutRow>({
      text: `
        WITH entry AS MATERIALIZED (
          SELECT seq, floor, kind, collection, id, bytes, committed_at, log_bytes + bytes - sum(bytes) OVER (ORDER BY seq) AS left_bytes
          FROM workspace JOIN change ON workspace = name
          WHERE name = $1 AND seq > floor AND seq <= floor + ${entriesPerStep}
        ), old AS MATERIALIZED (
          SELECT * FROM entry WHERE seq < coalesce(
            (SELECT min(seq) FROM entry WHERE committed_at >= $2 AND left_bytes <= $3), 'infinity'::float8)
        )
        SELECT min(floor)::float8 AS floor, max(seq)::float8 AS to, sum(bytes)::float8 AS bytes, (
          SELECT json_build_object('collection', collection, 'id', id) FROM old JOIN body USING (collection, id)
          WHERE workspace = $1 AND kind = ${changeKinds.body} AND contained < old.seq LIMIT 1) AS body
        FROM old`,
      values: [workspace, nowMs - logAgeMs, logBytes],
    })
    if (!next?.to) return false
    if (next.body !== null) await this.#fold({ workspace, ...next.body })
    else await this.#drop(workspace, next)
    return true
  }

  async #drop(workspace: string, { floor, to, bytes }: CutRow): Promise<void> {
    await this.connections.write({
      text: `
        WITH moved AS (
          UPDATE workspace SET floor = $2, log_bytes = log_bytes - $3 WHERE name = $1 AND floor = $4 RETURNING name
        )
        DELETE FROM change WHERE workspace = $1 AND seq <= $2 AND EXISTS (SELECT FROM moved)`,
      values: [workspace, to, bytes, floor],
    })
  }
}
