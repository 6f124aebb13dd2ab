import type { Json, Scalar } from '../json/Json.js'

/** A row as queries see it: `id`, the fields, and the metadata that begins with `$`. */
export type QueryRow = Readonly<Record<string, Json>>

/**
 * The value that filters and orders look at. What is missing or not a scalar (a set, an object, an array, anything
 * inherited) reads as null, here and in the compiled SQL.
 */
export function scalarOf(row: QueryRow, field: string): Scalar {
  const value: unknown = row[field]
  switch (typeof value) {
    case 'string':
    case 'number':
    case 'boolean':
      return value
    default:
      return null
  }
}

/** Whether the set in this field holds the value; false where the field is no array. */
export function setHolds(row: QueryRow, field: string, value: Scalar): boolean {
  const elements: unknown = row[field]
  return Array.isArray(elements) && elements.includes(value)
}
