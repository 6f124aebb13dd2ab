import type { Json } from '../json/Json.js'
import type { RowValues } from '../row/RowValues.js'
import type { Stamp } from '../row/Stamp.js'

/**
 * One write to one row, as plain data in the user's form: `values` as `insert` takes them (text
 * fields as start strings), `patch` as `update` takes it. Both sides run the same checks on it.
 */
export type RowWrite =
  | { readonly op: 'insert' | 'upsert'; readonly collection: string; readonly id: string; readonly values: RowValues }
  | { readonly op: 'update'; readonly collection: string; readonly id: string; readonly patch: RowValues }
  | { readonly op: 'remove'; readonly collection: string; readonly id: string }

/** What a replica asks the authority to do. */
export type Mutation =
  | { readonly kind: 'write'; readonly write: RowWrite }
  /** All or nothing. */
  | { readonly kind: 'batch'; readonly writes: readonly RowWrite[] }
  | { readonly kind: 'body'; readonly collection: string; readonly id: string; readonly update: Uint8Array }
  | { readonly kind: 'command'; readonly name: string; readonly input: Json; readonly queuedAt: number }
  /** A cancelled or absorbed entry: its number is used and nothing happens. */
  | { readonly kind: 'void' }

/** A mutation as it stands in an outbox: numbers go 1, 2, 3 … per replica without a gap. */
export interface NumberedMutation {
  readonly number: number
  /** 16 random bytes as 22 URL-safe characters, made at the call; ids made in a command derive from it. */
  readonly writeId: string
  /** When it was made; corrected by the clock offset when it is sent. */
  readonly stamp: Stamp
  /** The cursor of the replica when it was made. */
  readonly seen: number
  readonly mutation: Mutation
}
