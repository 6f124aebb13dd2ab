import type { Json } from '../json/Json.js'

/**
 * A record's plain values by field name, with `$createdAt $createdBy $updatedAt $updatedBy`.
 * The id is not among them: it is the key.
 */
export type RowValues = Readonly<Record<string, Json>>

/** The row that queries and rules see: the values with the id. */
export function queryRowOf(id: string, values: RowValues): RowValues {
  return { ...values, id }
}
