import type { RowValues } from './RowValues.js'
import type { Stamp } from './Stamp.js'

/** Who set a register, and when: the greater `(stamp, writer, number)` wins. `seq` is the commit it came in by. */
export type Register = readonly [seq: number, stamp: Stamp, writer: string, number: number]
/** A counter has no winner: every increment counts once, by its mutation's number. */
export type CounterMark = readonly [seq: number]
/** An element's tag: the seq of its latest addition and the replica that made it. */
export type ElementTag = readonly [seq: number, writer: string]
/** A set keeps one tag for each element it holds, by the element's JSON, and none for those it lost. */
export type SetMark = readonly [seq: number, tags: Readonly<Record<string, ElementTag>>]

export type FieldMark = Register | CounterMark | SetMark

/** By field name; `$updated` is the register of `$updatedAt` and `$updatedBy`. */
export type FieldMarks = Readonly<Record<string, FieldMark>>

/**
 * A record as the store keeps it. As small as its values: a field has one mark whatever happened
 * to it, and nothing is kept for a session, a voter or a removed element.
 */
export interface RecordState {
  /** The last change that touched the row. */
  readonly seq: number
  readonly values: RowValues
  readonly marks: FieldMarks
  /** A removed record stays as a tombstone without values: its id is used once. */
  readonly removed: boolean
}

export const seqOfMark = (mark: FieldMark): number => mark[0]

/** The fields whose values changed after `cursor`. */
export function fieldsAfter(state: RecordState, cursor: number): string[] {
  const fields: string[] = []
  for (const [field, mark] of Object.entries(state.marks)) {
    if (field !== '$updated' && seqOfMark(mark) > cursor) fields.push(field)
  }
  return fields
}
