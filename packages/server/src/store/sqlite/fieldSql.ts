import { type CollectionModel, isScalar, type Json, type Scalar } from '@tidemark/core'

/**
 * A field of a row as SQL. Core's order over scalars (null, false, true, numbers, strings) is that of the pair
 * `(rank, value)`: the rank tells the type, and the value is 0 where the rank says all. Neither is ever NULL, so
 * conditions have two truth values and row values compare; both can stand in an index.
 */
export interface FieldSql {
  readonly rank: string
  readonly value: string
  /** The type of what is stored, as `json_type` names it; NULL where the row is older than the field. */
  readonly storedType: string
  /** The path in the row, as an SQL string. */
  readonly path: string
  /** What a row without the field reads as. */
  readonly missing: Json
}

export const ranks = { null: 0, false: 1, true: 2, number: 3, string: 4 } as const
export type Rank = (typeof ranks)[keyof typeof ranks]

/** The pair as which a scalar stands in the order. */
export function rankAndValue(scalar: Scalar): readonly [rank: Rank, value: string | number] {
  if (typeof scalar === 'string') return [ranks.string, scalar]
  if (typeof scalar === 'number') return [ranks.number, scalar]
  return [scalar === null ? ranks.null : scalar ? ranks.true : ranks.false, 0]
}

/** Names that a field or the metadata can have: they need no escape in a path. Others are in no row. */
const storable = /^\$?[\p{L}_][\p{L}\p{M}\p{N}_-]*$/u

export function fieldSql(model: CollectionModel | undefined, field: string): FieldSql {
  if (!storable.test(field)) return { rank: '0', value: '0', storedType: "''", path: "'$'", missing: null }
  const path = `'$."${field}"'`
  const storedType = `json_type(row, ${path})`
  const extracted = `json_extract(row, ${path})`
  const missing = model?.fieldByName.get(field)?.defaultValue ?? null
  const [missingRank, missingValue] = rankAndValue(isScalar(missing) ? missing : null)
  // Without a default a missing field falls through to null.
  const type = missingRank === ranks.null ? storedType : `ifnull(${storedType}, '')`
  const otherwise = (sql: string) => (missingRank === ranks.null ? '' : `WHEN '' THEN ${sql} `)
  const rank =
    `CASE ${type} WHEN 'text' THEN 4 WHEN 'integer' THEN 3 WHEN 'real' THEN 3 ` +
    `WHEN 'true' THEN 2 WHEN 'false' THEN 1 ${otherwise(String(missingRank))}ELSE 0 END`
  // An integer above 2^53 is written in JSON as another number than the double it is: `+ 0.0` makes it that double.
  const value =
    `CASE ${type} WHEN 'text' THEN ${extracted} WHEN 'integer' THEN ${extracted} + 0.0 ` +
    `WHEN 'real' THEN ${extracted} ${otherwise(literal(missingValue))}ELSE 0 END`
  return { rank, value, storedType, path, missing }
}

function literal(value: string | number): string {
  return typeof value === 'number' ? `${value} + 0.0` : `'${value.replaceAll("'", "''")}'`
}
