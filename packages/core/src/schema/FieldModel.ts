import { TidemarkError } from '../error/TidemarkError.js'
import { canonicalJson } from '../json/canonicalJson.js'
import { isScalar, type Json, type Scalar } from '../json/Json.js'
import { sortElements } from '../row/editValues.js'
import type { Field } from './Field.js'
import { type Checked, plainJson } from './plainJson.js'
import { isSchema, type Schema } from './Schema.js'
import { validateSync } from './validateSync.js'

interface FieldBase {
  readonly name: string
  /** Its place in the declaration. */
  readonly index: number
  /** What a row without the field reads as; `undefined`: an insert must bring a value. Always so for texts. */
  readonly defaultValue: Json | undefined
}

interface ValueField<T extends Json> extends FieldBase {
  /** The value as it is stored: the validator's output, JSON, a copy. */
  validate(value: unknown): Checked<T>
}

export interface RegisterModel extends ValueField<Json> {
  readonly kind: 'register'
}
export interface DecidedModel extends ValueField<Json> {
  readonly kind: 'decided'
}
export interface CounterModel extends ValueField<number> {
  readonly kind: 'counter'
}
/** A set is a sorted array without duplicates. */
export interface SetModel extends ValueField<readonly Scalar[]> {
  readonly kind: 'set'
  validateElement(element: unknown): Checked<Scalar>
}
export interface TextModel extends ValueField<string> {
  readonly kind: 'text'
}
export interface RichTextModel extends FieldBase {
  readonly kind: 'richText'
}

/** A field as both sides run it. */
export type FieldModel = RegisterModel | DecidedModel | CounterModel | SetModel | TextModel | RichTextModel
export type FieldKindName = FieldModel['kind']

export function fieldModelFrom(collection: string, name: string, index: number, field: Field): FieldModel {
  const label = `${collection}.${name}`
  if (isSchema(field)) return { kind: 'register', ...registerFrom(label, name, index, field) }
  if (typeof field !== 'object' || field === null) throw noField(label)
  switch (field['~tidemark']) {
    case 'decided':
      return { kind: 'decided', ...registerFrom(label, name, index, field.schema) }
    case 'counter':
      return { kind: 'counter', name, index, defaultValue: 0, validate: countFrom }
    case 'set':
      return setFrom(label, name, index, field.element)
    case 'text':
      return { kind: 'text', name, index, defaultValue: undefined, validate: textFrom }
    case 'richText':
      return { kind: 'richText', name, index, defaultValue: undefined }
    default:
      throw noField(label)
  }
}

function noField(label: string): TidemarkError {
  return new TidemarkError('INVALID_SCHEMA', `${label} is no field: use a validator, text(), counter(), set(…) ….`)
}

function registerFrom(label: string, name: string, index: number, schema: Schema): ValueField<Json> {
  const validate = (value: unknown): Checked<Json> => {
    const result = validateSync(schema, value, label)
    return 'issues' in result ? result : plainJson(result.value)
  }
  return { name, index, defaultValue: defaultFrom(label, validate), validate }
}

/** Both sides and every old row must agree on a default, so it is a constant. */
function defaultFrom(label: string, validate: (value: unknown) => Checked<Json>): Json | undefined {
  const first = validate(undefined)
  // A validator that makes a string of anything (z.coerce.string()) has no default.
  if ('issues' in first || first.value === 'undefined') return undefined
  const second = validate(undefined)
  if ('issues' in second || canonicalJson(first.value) !== canonicalJson(second.value)) {
    throw new TidemarkError('INVALID_SCHEMA', `The default of ${label} differs from call to call: use a constant.`)
  }
  return first.value
}

function setFrom(label: string, name: string, index: number, schema: Schema): SetModel {
  const validateElement = (element: unknown): Checked<Scalar> => {
    const result = validateSync(schema, element, label)
    if ('issues' in result) return result
    const json = plainJson(result.value)
    if ('issues' in json) return json
    return isScalar(json.value) ? { value: json.value } : issue('set elements are strings, numbers or booleans')
  }
  validateElement(undefined) // an asynchronous validator shows itself here, at the definition
  const validate = (value: unknown): Checked<readonly Scalar[]> => {
    if (!Array.isArray(value)) return issue('a set is given as an array')
    const elements: Scalar[] = []
    for (let at = 0; at < value.length; at++) {
      const result = validateElement(value[at])
      if ('issues' in result)
        return { issues: result.issues.map(({ path, message }) => ({ path: [at, ...path], message })) }
      elements.push(result.value)
    }
    return { value: sortElements([...new Set(elements)]) }
  }
  return { kind: 'set', name, index, defaultValue: [], validate, validateElement }
}

/** Bounded on each step, so that no sequence of increments reaches an infinity. */
export function countFrom(value: unknown): Checked<number> {
  if (typeof value !== 'number') return issue('a counter is a number')
  const json = plainJson(value)
  if ('issues' in json) return json
  return Math.abs(value) <= Number.MAX_SAFE_INTEGER ? { value } : issue('a counter counts up to ±(2^53 − 1)')
}

function textFrom(value: unknown): Checked<string> {
  if (typeof value !== 'string') return issue('a text starts as a string')
  const json = plainJson(value)
  return 'issues' in json ? json : { value }
}

function issue(message: string): { issues: [{ path: []; message: string }] } {
  return { issues: [{ path: [], message }] }
}
