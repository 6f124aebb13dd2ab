import type { CollectionModel, Json, Scalar } from '@tidemark/core'

/**
 * A field of a row as SQL. Core's order over scalars (null, false, true, numbers, strings) is that of one text, by its
 * bytes: a digit for the type, then the value, a number as the hex digits of its double. So a condition on type and
 * value is one comparison, and an index has one column a field.
 */
export interface FieldSql {
  /** The value as JSONB, what a row without the field reads as filled in; never NULL. */
  readonly json: string
  /** Its place in the order. */
  readonly place: string
  /** The place up to so many characters as every index can hold, a string of any length cut off; undefined: not indexed. */
  readonly head: string | undefined
}

/** An entry of an index has up to 2,704 bytes: four fields of 100 characters of 4 bytes, with id and workspace, fit in. */
export const headLength = 100

export const ranks = { null: '0', false: '1', true: '2', number: '3', string: '4', end: '5' } as const

/** The place of a scalar. */
export function placeOf(scalar: Scalar): string {
  if (typeof scalar === 'string') return ranks.string + scalar
  if (typeof scalar === 'number') return ranks.number + sortableHex(scalar)
  return scalar === null ? ranks.null : scalar ? ranks.true : ranks.false
}

/** What stands in an index for a place. */
export function headOf(place: string): string {
  return place.length < headLength ? place : Array.from(place).slice(0, headLength).join('')
}

const digits = '0123456789abcdef'
const double = new DataView(new ArrayBuffer(8))

/** The bits of doubles above zero are in their order; below it they are in the opposite one, and after a `-`. */
function sortableHex(number: number): string {
  double.setFloat64(0, number + 0)
  const hex = double.getBigUint64(0).toString(16).padStart(16, '0')
  return number < 0 ? `-${hex.replace(/./g, digit => digits[15 - Number.parseInt(digit, 16)] as string)}` : hex
}

/** Names that a field or the metadata can have: they need no escape. Others are in no row. */
const storable = /^\$?[\p{L}_][\p{L}\p{M}\p{N}_-]*$/u

export function fieldSql(model: CollectionModel | undefined, field: string): FieldSql {
  const missing = model?.fieldByName.get(field)?.defaultValue ?? null
  const json = storable.test(field) ? `coalesce(fields -> '${field}', ${literal(missing)})` : literal(null)
  const text = `(${json} #>> '{}')`
  const hex = `encode(float8send(${text}::float8), 'hex')`
  const place =
    `(CASE jsonb_typeof(${json}) WHEN 'string' THEN '${ranks.string}' || ${text} ` +
    `WHEN 'number' THEN '${ranks.number}' || CASE WHEN left(${text}, 1) = '-' ` +
    `THEN '-' || translate(${hex}, '${digits}', '${[...digits].reverse().join('')}') ELSE ${hex} END ` +
    `WHEN 'boolean' THEN CASE ${text} WHEN 'true' THEN '${ranks.true}' ELSE '${ranks.false}' END ` +
    `ELSE '${ranks.null}' END COLLATE "C")`
  const isIndexed = model?.indexes.some(fields => fields.includes(field)) ?? false
  return { json, place, head: isIndexed ? `left(${place}, ${headLength})` : undefined }
}

function literal(json: Json): string {
  return `'${JSON.stringify(json).replaceAll("'", "''")}'::jsonb`
}
