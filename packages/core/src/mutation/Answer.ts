import type { Json } from '../json/Json.js'

/** What became of a mutation. Given once for each number and kept until the replica has seen it. */
export type Answer =
  | {
      readonly number: number
      readonly status: 'accepted'
      /** What a command returned. */
      readonly result?: Json
      /** Fields that a write rule refused, while the others of the edit were committed. */
      readonly refused?: { readonly fields: readonly string[]; readonly reason: string }
    }
  | {
      readonly number: number
      readonly status: 'rejected'
      readonly code: string
      readonly details: Json
      readonly message: string
    }

/** A rejection without its number: what a check or a rule says before it is put into the stream. */
export interface Refusal {
  readonly code: string
  readonly details: Json
  readonly message: string
}
