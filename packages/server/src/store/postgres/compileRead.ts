import type { Answer, SchemaModel } from '@tidemark/core'
import { foldBody } from '../foldBody.js'
import type { FoundRecord, Read, StoredBody, StoredReplica } from '../Store.js'
import { changeKinds } from '../sql/changeKinds.js'
import { compileCount, compileList } from './compileList.js'
import { type RecordJson, recordJson, stateFrom } from './RecordRow.js'
import { bytesFrom, changedFrom, changedSql, type LogJson, logFrom, logSql } from './readLog.js'

/** One read as a scalar subquery, beside the workspace as `place` and its name as `$1`. */
export interface CompiledRead {
  readonly sql: string
  /** The answer, from the one value that the subquery gives; `inexact` where it must be asked again more exactly. */
  answer(found: never): unknown
}

export const inexact = Symbol('inexact')

type ListJson = readonly [id: string, record: RecordJson, isCut: boolean]
type BodyJson = readonly [
  seq: number,
  contained: number,
  state: string | null,
  updates: readonly UpdateJson[] | null,
  floor: number,
]
type UpdateJson = readonly [seq: number, update: string]
export type ReplicaJson = readonly [string, string, number, number, readonly Answer[], number]

/** Appends what the read binds to `parameters`. `exact`: lists compare whole strings, also where an index has only their heads. */
export function compileRead(read: Read, schema: SchemaModel, parameters: unknown[], exact: boolean): CompiledRead {
  const bind = (parameter: unknown): string => `$${parameters.push(parameter)}`
  // By way of text its length is unknown to the planner, who else would plan for each length anew (measured: twice the time).
  const bindList = (list: readonly unknown[]): string => `${bind(list)}::text::text[]`
  switch (read.kind) {
    case 'records': {
      const [collections, ids] = [read.keys.map(key => key.collection), read.keys.map(key => key.id)].map(bindList)
      return {
        sql: `SELECT json_agg((
            SELECT ${recordJson('record')} FROM record
            WHERE workspace = $1 AND collection = key.collection AND id = key.id) ORDER BY key.n)
          FROM unnest(${collections}, ${ids}) WITH ORDINALITY AS key (collection, id, n)`,
        answer: (found: readonly (RecordJson | null)[] | null) =>
          (found ?? []).map(record => (record === null ? undefined : stateFrom(record))),
      }
    }
    case 'list': {
      const collection = { name: read.collection, model: schema.collectionByName.get(read.collection) }
      const rows = compileList(collection, read.query, read.after, parameters, exact)
      return {
        sql: `SELECT json_agg(json_build_array(id, ${recordJson('found')}, is_cut)) FROM (${rows}) AS found`,
        answer: (found: readonly ListJson[] | null) => listFrom(found ?? []),
      }
    }
    case 'count': {
      const collection = { name: read.collection, model: schema.collectionByName.get(read.collection) }
      return { sql: compileCount(collection, read.query.where, parameters), answer: Number }
    }
    case 'changed': {
      const after = `${bind(read.after)}::bigint`
      const changed = changedSql(after, bind(read.collection), read.id === undefined ? undefined : bind(read.id))
      return { sql: unlessCut(after, changed), answer: uncut(changedFrom) }
    }
    case 'log': {
      const after = `${bind(read.after)}::bigint`
      return { sql: unlessCut(after, logSql(after, bind(read.limit))), answer: uncut<LogJson>(logFrom) }
    }
    case 'access': {
      const after = `${bind(read.after)}::bigint`
      return {
        sql: `SELECT ${after} < place.floor OR EXISTS (
          SELECT FROM change WHERE workspace = $1 AND kind = ${changeKinds.access} AND seq > ${after}
          AND (id IS NULL OR id = ${bind(read.userId)}))`,
        answer: (found: boolean) => found,
      }
    }
    case 'body': {
      const from = read.after === undefined ? 'contained' : `least(contained, ${bind(read.after)}::bigint)`
      return {
        sql: `SELECT json_build_array(seq, contained, encode(state, 'base64'), (
            SELECT json_agg(json_build_array(change.seq, encode(body_update, 'base64')) ORDER BY change.seq) FROM change
            WHERE workspace = $1 AND collection = body.collection AND id = body.id AND kind = ${changeKinds.body}
            AND change.seq > ${from}), place.floor)
          FROM body WHERE workspace = $1 AND collection = ${bind(read.key.collection)} AND id = ${bind(read.key.id)}`,
        answer: (found: BodyJson | null) => bodyFrom(found, read.after),
      }
    }
    case 'replicas':
      return {
        sql: `SELECT json_agg((${replicaSql('$1', 'key.name')}) ORDER BY key.n)
          FROM unnest(${bindList(read.replicas)}) WITH ORDINALITY AS key (name, n)`,
        answer: (found: readonly (ReplicaJson | null)[] | null) => (found ?? []).map(replicaFrom),
      }
    case 'writers':
      return {
        sql: `SELECT json_agg((SELECT user_id FROM writer WHERE workspace = $1 AND client_id = key.id) ORDER BY key.n)
          FROM unnest(${bindList(read.clientIds)}::bigint[]) WITH ORDINALITY AS key (id, n)`,
        answer: (found: readonly (string | null)[] | null) => (found ?? []).map(userId => userId ?? undefined),
      }
  }
}

/** Where the log does not reach back to a position, the answer is `cut`; it is asked first. */
const unlessCut = (after: string, sql: string) =>
  `SELECT CASE WHEN ${after} < place.floor THEN '"cut"'::json ELSE (${sql}) END`

const uncut =
  <Json>(answer: (found: Json) => unknown) =>
  (found: Json | 'cut') =>
    found === 'cut' ? found : answer(found)

function listFrom(rows: readonly ListJson[]): FoundRecord[] | typeof inexact {
  if (rows.some(([, , isCut]) => isCut)) return inexact
  return rows.map(([id, record]) => ({ id, state: stateFrom(record) }))
}

/** A body that went with its record has no state and lacks nothing. */
const gone: BodyJson = [0, 0, null, null, 0]

function bodyFrom(found: BodyJson | null, after: number | undefined): StoredBody {
  const [seq, contained, state, log, floor] = found ?? gone
  if (state === null && contained >= seq) return { state: null, seq: 0, ...(after !== undefined && { updates: [] }) }
  const updatesAfter = (position: number) =>
    (log ?? []).filter(([seq]) => seq > position).map(([, update]) => bytesFrom(update))
  const folded = foldBody(state === null ? null : bytesFrom(state), updatesAfter(contained))
  if (after === undefined) return { state: folded, seq }
  return { state: folded, seq, updates: after < floor && after < seq ? null : updatesAfter(after) }
}

export const replicaSql = (workspace: string, replica: string) =>
  `SELECT json_build_array(replica, user_id, last_number, last_stamp, answers, seen_at) FROM replica
    WHERE replica.workspace = ${workspace} AND replica.replica = ${replica}`

export function replicaFrom(found: ReplicaJson | null): StoredReplica | undefined {
  if (found === null) return undefined
  const [replica, userId, lastNumber, lastStamp, answers, seenAt] = found
  return { replica, userId, lastNumber, lastStamp, answers, seenAt }
}
