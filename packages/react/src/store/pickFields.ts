import { equalJson, type Json } from '@tidemark/core'

/** What all rows have in common. */
export interface AnyRow {
  readonly id: string
}

/** The id and the selected fields of a row; the previous pick of the same record while none of them changed. */
export function pickFields(row: AnyRow, fields: readonly string[], previous: AnyRow | undefined): AnyRow {
  if (previous?.id === row.id && fields.every(field => equalJson(fieldOf(previous, field), fieldOf(row, field)))) {
    return previous
  }
  return Object.freeze({ id: row.id, ...Object.fromEntries(fields.map(field => [field, fieldOf(row, field)])) })
}

function fieldOf(row: AnyRow, field: string): Json {
  return (row as unknown as Readonly<Record<string, Json>>)[field]!
}
