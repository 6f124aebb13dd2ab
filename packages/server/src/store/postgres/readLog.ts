import type { CommittedChange, RowChange, RowValues } from '@tidemark/core'
import type { ChangedRecord } from '../Store.js'
import { changeKinds, kindName } from '../sql/changeKinds.js'
import { type RowEntry, rebuildRows } from '../sql/rebuildRows.js'
import { type RecordJson, recordJson, stateFrom } from './RecordRow.js'

/** A change of a row, with the row before. */
type RowEntryJson = readonly [seq: number, kind: number, before: RowValues | null]

/** A record as it is now, and all its changes from some position up to now. */
export type HistoryJson = readonly [
  collection: string,
  id: string,
  record: RecordJson,
  entries: readonly RowEntryJson[],
]

/** An entry of the log. */
type EntryJson = readonly [
  ...RowEntryJson,
  collection: string,
  id: string,
  userId: string,
  at: number,
  fields: readonly string[] | null,
  update: string | null,
]

export interface LogJson {
  readonly stretch: readonly EntryJson[] | null
  /** Of the records that it touches. */
  readonly histories: readonly HistoryJson[] | null
}

/** The histories of the records in `touched`; each looked up by its key, whatever the planner thinks of the tables. */
const historiesSql = (after: string) => `
  SELECT json_agg(json_build_array(collection, id, (
    SELECT ${recordJson('record')} FROM record
    WHERE workspace = $1 AND collection = touched.collection AND id = touched.id
  ), (
    SELECT json_agg(json_build_array(seq, kind, before) ORDER BY seq) FROM change
    WHERE workspace = $1 AND collection = touched.collection AND id = touched.id AND seq > ${after}
    AND kind <= ${changeKinds.remove}
  ))) FROM touched`

/** What `changed` asks: `after` and `collection` stand for parameters, and `id` where one record is asked for. */
export const changedSql = (after: string, collection: string, id: string | undefined) => `
  WITH touched AS MATERIALIZED (
    SELECT DISTINCT collection, id FROM change
    WHERE workspace = $1 AND collection = ${collection} AND seq > ${after} AND kind <= ${changeKinds.remove}
    ${id === undefined ? '' : `AND id = ${id}`}
  )
  ${historiesSql(after)}`

export const logSql = (after: string, limit: string) => `
  WITH stretch AS MATERIALIZED (
    SELECT * FROM change WHERE workspace = $1 AND seq > ${after} AND seq <= ${after} + ${limit}::bigint
  ), touched AS MATERIALIZED (
    SELECT DISTINCT collection, id FROM stretch WHERE kind <= ${changeKinds.remove}
  )
  SELECT json_build_object('histories', (${historiesSql(after)}), 'stretch', (
    SELECT json_agg(json_build_array(
      seq, kind, before, collection, id, user_id, at, fields, encode(body_update, 'base64')) ORDER BY seq)
    FROM stretch))`

export function changedFrom(histories: readonly HistoryJson[] | null): ChangedRecord[] {
  const byFirstChange = [...(histories ?? [])].sort(([, , , a], [, , , b]) => firstOf(a) - firstOf(b))
  return byFirstChange.map(([, id, record, entries]) => {
    const state = stateFrom(record)
    return { id, state, ...rebuildRows(state, entries.map(rowEntryFrom)) }
  })
}

export function logFrom({ stretch, histories }: LogJson): CommittedChange[] {
  const afterBySeq = new Map<number, RowValues | null>()
  for (const [, , record, entries] of histories ?? []) {
    const { rows } = rebuildRows(stateFrom(record), entries.map(rowEntryFrom))
    for (const [index, [seq]] of entries.entries()) afterBySeq.set(seq, rows[index] ?? null)
  }
  return (stretch ?? []).map(entry => changeFrom(entry, afterBySeq))
}

const firstOf = ([first]: readonly RowEntryJson[]): number => first?.[0] ?? 0

const rowEntryFrom = ([, kind, before]: RowEntryJson): RowEntry => ({ kind, before })

function changeFrom(entry: EntryJson, afterBySeq: ReadonlyMap<number, RowValues | null>): CommittedChange {
  const [seq, kind, before, collection, id, userId, at, fields, update] = entry
  const base = { seq, userId, at }
  const name = kindName(kind)
  if (name === 'access') return { kind: name, ...base, subject: id }
  if (name === 'body') return { kind: name, ...base, collection, id, update: bytesFrom(update as string) }
  const rows = { fields: fields as readonly string[], after: afterBySeq.get(seq) ?? null, before }
  return { kind: name, ...base, collection, id, ...rows } satisfies RowChange
}

/** Plain bytes: a Buffer would not equal others, and shares its memory. */
export function bytesFrom(base64: string): Uint8Array {
  return new Uint8Array(Buffer.from(base64, 'base64'))
}
