import type { FieldMarks, RecordState, RowValues } from '@tidemark/core'

/** A row of the `record` table. */
export interface RecordRow {
  readonly id: string
  readonly seq: number
  readonly removed: number
  readonly row: string
  readonly marks: string
}

export function stateFrom({ seq, removed, row, marks }: RecordRow): RecordState {
  return {
    seq,
    values: JSON.parse(row) as RowValues,
    marks: JSON.parse(marks) as FieldMarks,
    removed: removed === 1,
  }
}
