import type { Json } from '../json/Json.js'
import type { RowValues } from '../row/RowValues.js'

interface ChangeBase {
  readonly seq: number
  /** Who made it. */
  readonly userId: string
  /** When, by the edit's stamp, in ms. */
  readonly at: number
}

/** A row was made, changed or removed. */
export interface RowChange extends ChangeBase {
  readonly kind: 'insert' | 'update' | 'remove'
  readonly collection: string
  readonly id: string
  /** The touched fields; metadata that moved with them is in `after` and `before` but not here. */
  readonly fields: readonly string[]
  /** The whole row after; null for a removal. */
  readonly after: RowValues | null
  /** The values before: of an update those of the touched fields and of `$updatedAt $updatedBy`; of a removal all. */
  readonly before: RowValues | null
}

/** A body grew by a Yjs update. */
export interface BodyChange extends ChangeBase {
  readonly kind: 'body'
  readonly collection: string
  readonly id: string
  readonly update: Uint8Array
}

/** Rights changed: sessions of that user, or of everyone, are looked at again at this seq. */
export interface AccessChange extends ChangeBase {
  readonly kind: 'access'
  /** Whose; null for all. */
  readonly subject: string | null
}

/** One committed step of a workspace, at its `seq`. */
export type CommittedChange = RowChange | BodyChange | AccessChange

/** The row before a change, rebuilt from the row after and the before-image. Null before an insert. */
export function rowBefore(change: RowChange): RowValues | null {
  if (change.kind === 'insert') return null
  if (change.kind === 'remove') return change.before
  const row: Record<string, Json> = { ...change.after, ...change.before }
  // A touched field without a value before is one that the row did not have: it is younger than the row.
  for (const field of change.fields) if (change.before?.[field] === undefined) delete row[field]
  return row
}
