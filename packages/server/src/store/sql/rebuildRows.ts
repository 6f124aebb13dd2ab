import type { RecordState, RowValues } from '@tidemark/core'
import { changeKinds } from './changeKinds.js'

/** A change of a row as the log has it. */
export interface RowEntry {
  readonly kind: number
  /** The before-image: of an update the values that it touched. */
  readonly before: RowValues | null
}

export interface RebuiltRows {
  /** The row before the first of the changes. */
  readonly before: RowValues | null
  /** After each of them. */
  readonly rows: readonly (RowValues | null)[]
}

/**
 * The rows of the past. The log has before-images only: they are rebuilt from the record as it is now, backwards,
 * each step laying the before-image of a change over the row after it. What that costs follows what changed, not what
 * is stored. [P5]
 *
 * `entries` are all changes of the record from some position up to now, oldest first.
 */
export function rebuildRows(state: RecordState, entries: readonly RowEntry[]): RebuiltRows {
  const rows: (RowValues | null)[] = []
  let row: RowValues | null = state.removed ? null : state.values
  for (const { kind, before } of entries.toReversed()) {
    rows.push(row)
    row = kind === changeKinds.update ? { ...row, ...before } : before
  }
  return { before: row, rows: rows.reverse() }
}
