import { isScalar, type Json, type Scalar } from '../../json/Json.js'
import type { QueryRow } from '../QueryRow.js'

/** A query as people write it, and what it means said as plainly as possible: the oracle of all other evaluators. */
export interface WrittenQuery {
  readonly where?: WrittenWhere
  readonly orderBy?: string | readonly string[]
  readonly limit?: number
}
export type WrittenWhere = Readonly<Record<string, unknown>>

export function naiveList(rows: readonly QueryRow[], query: WrittenQuery): QueryRow[] {
  const orderBy = [query.orderBy ?? [], 'id'].flat()
  const sorted = rows
    .filter(row => naiveMatches(query.where ?? {}, row))
    .sort((a, b) => {
      for (const key of orderBy) {
        const field = key.replace(/^-/, '')
        const order = naiveCompare(readScalar(a, field), readScalar(b, field))
        if (order !== 0) return key.startsWith('-') ? -order : order
      }
      return 0
    })
  return sorted.slice(0, query.limit ?? sorted.length)
}

export function naiveMatches(where: WrittenWhere, row: QueryRow): boolean {
  return Object.entries(where).every(([key, value]) => {
    if (key === 'and') return (value as WrittenWhere[]).every(item => naiveMatches(item, row))
    if (key === 'or') return (value as WrittenWhere[]).some(item => naiveMatches(item, row))
    if (key === 'not') return !naiveMatches(value as WrittenWhere, row)
    if (isScalar(value)) return readScalar(row, key) === value
    return Object.entries(value as Record<string, never>).every(([op, operand]) => holds(row, key, op, operand))
  })
}

function holds(row: QueryRow, field: string, op: string, operand: never): boolean {
  const value = readScalar(row, field)
  if (op === 'ne') return value !== operand
  if (op === 'in') return (operand as Scalar[]).includes(value)
  if (op === 'notIn') return !(operand as Scalar[]).includes(value)
  if (op === 'has') return ([row[field] ?? []].flat() as Json[]).includes(operand)
  if (typeof value !== typeof operand || value === null) return false
  if (op === 'startsWith') return (value as string).startsWith(operand)
  if (op === 'contains') return (value as string).toLowerCase().includes((operand as string).toLowerCase())
  const order = naiveCompare(value, operand)
  if (op === 'gt') return order > 0
  if (op === 'gte') return order >= 0
  if (op === 'lt') return order < 0
  if (op === 'lte') return order <= 0
  throw new Error(`no operator ${op}`)
}

function naiveCompare(a: Scalar, b: Scalar): number {
  const [rankA, rankB] = [rank(a), rank(b)]
  if (rankA !== rankB) return rankA - rankB
  if (typeof a === 'string' && typeof b === 'string') {
    const [pointsA, pointsB] = [codePoints(a), codePoints(b)]
    const differing = pointsA.findIndex((point, index) => point !== pointsB[index])
    if (differing < 0) return pointsA.length - pointsB.length
    return (pointsA[differing] ?? -1) - (pointsB[differing] ?? -1)
  }
  return Number(a) - Number(b)
}

function rank(value: Scalar): number {
  return value === null ? 0 : ['boolean', 'number', 'string'].indexOf(typeof value) + 1
}

function codePoints(text: string): number[] {
  return Array.from(text, character => character.codePointAt(0) as number)
}

/** Missing, array and object read as null. */
function readScalar(row: QueryRow, field: string): Scalar {
  const value = Object.hasOwn(row, field) ? row[field] : null
  return isScalar(value) ? value : null
}
