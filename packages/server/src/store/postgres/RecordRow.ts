import type { FieldMarks, RecordState, RowValues } from '@tidemark/core'

/** A row of the `record` table as JSON, and how SQL writes it. */
export type RecordJson = readonly [seq: number, removed: boolean, fields: RowValues, marks: FieldMarks]

export const recordJson = (table: string) =>
  `json_build_array(${table}.seq, ${table}.removed, ${table}.fields, ${table}.marks)`

export function stateFrom([seq, removed, values, marks]: RecordJson): RecordState {
  return { seq, values, marks, removed }
}
