import { TidemarkError } from '../error/TidemarkError.js'
import { isSchema, type Out, type Schema } from './Schema.js'

interface FieldKind<Kind extends string> {
  readonly '~tidemark': Kind
}
export interface TextField extends FieldKind<'text'> {}
export interface RichTextField extends FieldKind<'richText'> {}
export interface CounterField extends FieldKind<'counter'> {}
export interface SetField<S extends Schema> extends FieldKind<'set'> {
  readonly element: S
}
export interface DecidedField<S extends Schema> extends FieldKind<'decided'> {
  readonly schema: S
}

/** A validator on its own is a register: one value, the later edit wins. */
export type Field = Schema | TextField | RichTextField | CounterField | SetField<Schema> | DecidedField<Schema>
export type Fields = Readonly<Record<string, Field>>

type KeysOf<F, Kind> = { [K in keyof F]: F[K] extends Kind ? K : never }[keyof F]
export type TextKey<F> = KeysOf<F, TextField> & string
export type RichTextKey<F> = KeysOf<F, RichTextField> & string
export type DecidedKey<F> = KeysOf<F, DecidedField<Schema>>
export type SetKey<F> = KeysOf<F, SetField<Schema>>
/** The fields that a row shows: all but texts. */
export type RowKey<F> = Exclude<keyof F, TextKey<F> | RichTextKey<F>>

export type ValueOf<F> =
  F extends DecidedField<infer S>
    ? Out<S>
    : F extends SetField<infer S>
      ? readonly Out<S>[]
      : F extends CounterField
        ? number
        : F extends Schema
          ? Out<F>
          : never

/** A `Y.Text` in the record's body: typed in by many at once. Not in rows, queries or patches. */
export function text(): TextField {
  return Object.freeze({ '~tidemark': 'text' })
}

/** A `Y.XmlFragment` in the record's body, for rich text editors. Not in rows, queries or patches. */
export function richText(): RichTextField {
  return Object.freeze({ '~tidemark': 'richText' })
}

/** A number that starts at 0 and is changed by `{ increment }`; every increment counts, none overwrites another. */
export function counter(): CounterField {
  return Object.freeze({ '~tidemark': 'counter' })
}

/** A set of strings, numbers or booleans: additions and removals of different elements never clash. */
export function set<S extends Schema>(element: S): SetField<S> {
  return Object.freeze({ '~tidemark': 'set', element: mustBeSchema(element, 'set') })
}

/** A register that only commands and server code set: who owns the ticket. */
export function decided<S extends Schema>(schema: S): DecidedField<S> {
  return Object.freeze({ '~tidemark': 'decided', schema: mustBeSchema(schema, 'decided') })
}

function mustBeSchema<S extends Schema>(schema: S, of: string): S {
  if (isSchema(schema)) return schema
  throw new TidemarkError('INVALID_SCHEMA', `${of}() takes a Standard Schema validator, for example z.string().`)
}
