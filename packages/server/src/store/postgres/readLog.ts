import type { CommittedChange, RowChange, RowValues } from '@tidemark/core'
import type { ChangedRecord } from '../Store.js'
import { changeKinds, kindName } from '../sql/changeKinds.js'
import { type RowEntry, rebuildRows } from '../sql/rebuildRows.js'
import { type RecordJson, recordJson, stateFrom } from './RecordRow.js'

/** A row's change: where it stands, whose it is, what the row was. */
type RowEntryJson = readonly [seq: number, kind: number, collection: string, id: string, before: RowValues | null]

/** An entry of the log, and what more it has. */
type EntryJson = readonly [
  ...RowEntryJson,
  userId: string,
  at: number,
  fields: readonly string[] | null,
  update: string | null,
]

type KeyedRecordJson = readonly [collection: string, id: string, record: RecordJson]

interface HistoryJson {
  /** All changes of the records concerned, up to now. */
  readonly entries: readonly RowEntryJson[] | null
  /** The records as they are now. */
  readonly records: readonly KeyedRecordJson[] | null
}

export interface LogJson extends HistoryJson {
  readonly stretch: readonly EntryJson[] | null
}

const rowEntryJson = 'change.seq, change.kind, change.collection, change.id, change.before'

/** Makes JSON of the history of the records that `touched` names. */
const historySql = (after: string) => `
  'entries', (SELECT json_agg(json_build_array(${rowEntryJson}) ORDER BY change.seq) FROM touched JOIN change USING (collection, id)
    WHERE change.workspace = $1 AND change.seq > ${after} AND change.kind <= ${changeKinds.remove}),
  'records', (SELECT json_agg(json_build_array(collection, id, ${recordJson('record')})) FROM touched JOIN record USING (collection, id)
    WHERE record.workspace = $1)`

/** What `changed` asks: `after` and `collection` stand for parameters, and `id` where one record is asked for. */
export const changedSql = (after: string, collection: string, id: string | undefined) => `
  WITH touched AS MATERIALIZED (${
    id === undefined
      ? `SELECT DISTINCT collection, id FROM change
         WHERE workspace = $1 AND collection = ${collection} AND seq > ${after} AND kind <= ${changeKinds.remove}`
      : `SELECT ${collection}::text COLLATE "C" AS collection, ${id}::text COLLATE "C" AS id`
  })
  SELECT json_build_object(${historySql(after)})`

export const logSql = (after: string, limit: string) => `
  WITH stretch AS MATERIALIZED (
    SELECT * FROM change WHERE workspace = $1 AND seq > ${after}::bigint AND seq <= ${after}::bigint + ${limit}::bigint
  ), touched AS MATERIALIZED (
    SELECT DISTINCT collection, id FROM stretch WHERE kind <= ${changeKinds.remove}
  )
  SELECT json_build_object(
    'stretch', (SELECT json_agg(json_build_array(${rowEntryJson}, user_id, at, fields, encode(body_update, 'base64')) ORDER BY seq)
      FROM stretch AS change), ${historySql(after)})`

export function changedFrom(json: HistoryJson): ChangedRecord[] {
  return Array.from(histories(json), ([, { id, entries, record }]) => {
    const state = stateFrom(record)
    return { id, state, ...rebuildRows(state, entries) }
  })
}

export function logFrom(json: LogJson): CommittedChange[] {
  const afterBySeq = new Map<number, RowValues | null>()
  for (const { entries, record } of histories(json).values()) {
    const { rows } = rebuildRows(stateFrom(record), entries)
    for (const [index, { seq }] of entries.entries()) afterBySeq.set(seq, rows[index] ?? null)
  }
  return (json.stretch ?? []).map(entry => changeFrom(entry, afterBySeq))
}

interface RecordHistory {
  readonly id: string
  readonly entries: (RowEntry & { readonly seq: number })[]
  readonly record: RecordJson
}

/** By the name of the record, in the order of their first changes. */
function histories({ entries, records }: HistoryJson): Map<string, RecordHistory> {
  const nameOf = (collection: string, id: string) => `${collection} ${id}`
  const recordByName = new Map(records?.map(([collection, id, record]) => [nameOf(collection, id), record]))
  const found = new Map<string, RecordHistory>()
  for (const [seq, kind, collection, id, before] of entries ?? []) {
    const name = nameOf(collection, id)
    const record = recordByName.get(name)
    if (record === undefined) throw new Error(`The record of the change ${seq} is not stored.`)
    const history = found.get(name) ?? { id, entries: [], record }
    found.set(name, history)
    history.entries.push({ seq, kind, before })
  }
  return found
}

function changeFrom(entry: EntryJson, afterBySeq: ReadonlyMap<number, RowValues | null>): CommittedChange {
  const [seq, kind, collection, id, before, userId, at, fields, update] = entry
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
