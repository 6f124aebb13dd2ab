import type { AnyCollection, Collection } from './Collection.js'
import type { RowOf } from './RowOf.js'
import type { SchemaDef } from './SchemaDef.js'
import type { ListTarget, RecordTarget } from './Target.js'

/** A committed step of one row, as a listener is told: once, in the order of `seq`. Bodies are not in it. */
export type Change<N extends string, F> = {
  readonly collection: N
  readonly id: string
  readonly seq: number
  readonly by: string
  readonly at: number
} & (
  | { readonly kind: 'insert'; readonly before: undefined; readonly after: RowOf<F> }
  | {
      readonly kind: 'update'
      readonly before: RowOf<F>
      readonly after: RowOf<F>
      readonly fields: readonly (keyof F & string)[]
    }
  | { readonly kind: 'remove'; readonly before: RowOf<F>; readonly after: undefined }
  /** It came into the list, or into what this user may read. */
  | { readonly kind: 'enter'; readonly before: undefined; readonly after: RowOf<F> }
  | { readonly kind: 'leave'; readonly before: RowOf<F> | undefined; readonly after: undefined }
)

/** History was cut between the two positions: what happened there can no longer be told one by one. */
export interface ChangeGap {
  readonly kind: 'gap'
  readonly collection?: never
  readonly from: number
  readonly to: number
}

type ChangeIn<C> = C extends Collection<infer N, infer F> ? Change<N, F> : never

/** What can be listened to. */
export type ChangeSource = AnyCollection | RecordTarget | ListTarget | SchemaDef

/** The changes of a source: the value says the type. */
export type ChangeOf<T> =
  T extends SchemaDef<infer A>
    ? ChangeIn<A[number]>
    : T extends RecordTarget<infer N, infer F>
      ? Change<N, F>
      : T extends ListTarget<infer N, infer F>
        ? Change<N, F>
        : ChangeIn<T>
