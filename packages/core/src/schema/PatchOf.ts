import type { CounterField, DecidedField, DecidedKey, RichTextKey, RowKey, SetField, TextKey } from './Field.js'
import type { Flat } from './Flat.js'
import type { InValue } from './InsertOf.js'
import type { RowMeta } from './RowOf.js'
import type { Schema } from './Schema.js'

/** An array replaces the set. */
export type SetPatch<E> = readonly E[] | { readonly add?: readonly E[]; readonly remove?: readonly E[] }
export interface CounterPatch {
  readonly increment: number
}

type PatchValue<F> =
  F extends SetField<infer S>
    ? SetPatch<InValue<S>>
    : F extends CounterField
      ? CounterPatch
      : F extends DecidedField<infer S>
        ? InValue<S>
        : F extends Schema
          ? InValue<F>
          : never

type Never<K extends PropertyKey> = { readonly [P in K]?: never }

/** `id` and metadata are refused, so a whole row is no patch: it would overwrite what others changed. */
type PatchObject<F, K extends keyof F> = { readonly [P in K]?: PatchValue<F[P]> } & Never<'id' | keyof RowMeta>

export type ClientPatch<F> = Flat<
  PatchObject<F, Exclude<RowKey<F>, DecidedKey<F>>> &
    Never<Extract<DecidedKey<F> | TextKey<F> | RichTextKey<F>, string>>
>
export type CommandPatch<F> = Flat<PatchObject<F, RowKey<F>>>
