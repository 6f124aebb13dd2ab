import type { Out, Schema } from '../schema/Schema.js'

/** The rejections that every mutation can meet, with their details. */
export interface BuiltInDetails {
  NOT_FOUND: { readonly message?: string }
  EXISTS: { readonly message?: string }
  DENIED: { readonly message?: string }
  INVALID: {
    readonly message?: string
    readonly issues?: readonly { readonly path: readonly (string | number)[]; readonly message: string }[]
  }
  // set by the engine only
  EXPIRED: { readonly queuedAt: number }
  OUTDATED: { readonly message?: string }
  UNKNOWN: { readonly message?: string }
}
export type BuiltInCode = keyof BuiltInDetails
/** The built-in codes that a command may use itself. */
export type RejectableCode = 'NOT_FOUND' | 'EXISTS' | 'DENIED' | 'INVALID'

/** A command's own codes; `null` = a code without details. */
export type Rejections = Readonly<Record<string, Schema | null>>
export type Details<S> = S extends Schema ? Out<S> : null

interface RejectedBy<C extends string, D> {
  readonly status: 'rejected'
  readonly code: C
  readonly details: D
  readonly message: string
  /** Takes it out of the inbox. */
  acknowledge(): void
}
export type Rejected<J> =
  | { [C in keyof J & string]: RejectedBy<C, Details<J[C]>> }[keyof J & string]
  | { [C in BuiltInCode]: RejectedBy<C, BuiltInDetails[C]> }[BuiltInCode]

export type OutcomeOf<R, J> =
  | { readonly status: 'accepted'; readonly result: R }
  | Rejected<J>
  /** By `cancel()`, or by signing out with `discard`. */
  | { readonly status: 'cancelled' }
