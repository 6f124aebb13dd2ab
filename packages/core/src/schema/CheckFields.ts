import type { Scalar } from '../json/Json.js'
import type { DecidedField, SetField } from './Field.js'
import type { JsonOk } from './JsonOk.js'
import type { In, Out, Schema } from './Schema.js'
import type { TypeSentence } from './TypeSentence.js'

type Is<A, B> = [A] extends [B] ? true : false

type CheckValue<S extends Schema> =
  undefined extends Out<S>
    ? TypeSentence<'a field always has a value: use .nullable().default(null), not .optional()'>
    : false extends JsonOk<Out<S>>
      ? TypeSentence<'rows are JSON: store a date as z.iso.datetime() or as milliseconds'>
      : Is<Out<S>, In<S>> extends true
        ? unknown
        : TypeSentence<'a validator must accept its own output again (no type-changing transform)'>

type CheckName<K> = K extends 'id' | 'and' | 'or' | 'not' | `$${string}` | `-${string}`
  ? TypeSentence<'reserved field name'>
  : unknown

type CheckField<K, F> = CheckName<K> &
  (F extends Schema
    ? CheckValue<F>
    : F extends DecidedField<infer S>
      ? CheckValue<S>
      : F extends SetField<infer S>
        ? Is<Out<S>, Scalar> extends true
          ? CheckValue<S>
          : TypeSentence<'set elements are strings, numbers or booleans'>
        : unknown)

/** And-ed to the fields of a collection: `unknown` where a field is fine, else a sentence that says what to do. */
export type CheckFields<F> = { readonly [K in keyof F]: CheckField<K, F[K]> }
