import type { CounterField, DecidedField, DecidedKey, RichTextField, SetField, TextField } from './Field.js'
import type { Flat } from './Flat.js'
import type { In, Out, Schema } from './Schema.js'
import type { TypeSentence } from './TypeSentence.js'

/** A validator of `unknown` input (`z.coerce`) is asked for what it puts out. */
export type InValue<S extends Schema> = unknown extends In<S> ? Out<S> : Exclude<In<S>, undefined>

type IsOptional<F> = F extends Schema
  ? unknown extends In<F>
    ? false
    : undefined extends In<F>
      ? true
      : false
  : F extends DecidedField<infer S>
    ? IsOptional<S>
    : true

type InsertValue<F> =
  F extends DecidedField<infer S>
    ? InValue<S>
    : F extends SetField<infer S>
      ? readonly InValue<S>[]
      : F extends CounterField
        ? number
        : F extends TextField
          ? string // the text it starts with
          : F extends Schema
            ? InValue<F>
            : never

type InsertObject<F, K extends keyof F> = Flat<
  { readonly id?: string } & {
    readonly [P in K as F[P] extends RichTextField ? never : IsOptional<F[P]> extends true ? never : P]: InsertValue<
      F[P]
    >
  } & {
    readonly [P in K as F[P] extends RichTextField ? never : IsOptional<F[P]> extends true ? P : never]?: InsertValue<
      F[P]
    >
  }
>

/** Decided fields that have no default: only commands and server code can make such a record. */
type RequiredDecided<F> = {
  [K in keyof F]: F[K] extends DecidedField<Schema> ? (IsOptional<F[K]> extends true ? never : K) : never
}[keyof F]

/** What a client inserts: everything without a default; never a decided field. */
export type ClientInsert<F> = [RequiredDecided<F>] extends [never]
  ? InsertObject<F, Exclude<keyof F, DecidedKey<F>>> & { readonly [K in DecidedKey<F>]?: never }
  : TypeSentence<'a decided field without a default: insert in a command'>

/** What commands and server code insert: decided fields too. */
export type CommandInsert<F> = InsertObject<F, keyof F>
