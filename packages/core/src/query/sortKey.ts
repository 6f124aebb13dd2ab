import type { Scalar } from '../json/Json.js'
import { compareValues } from './compareValues.js'
import type { SortTerm } from './ListQuery.js'
import { type QueryRow, scalarOf } from './QueryRow.js'

/** A row's values in the order of `orderBy`. Ends with the id, so no two rows of a collection share one. */
export type SortKey = readonly Scalar[]

/** The last sort key inside a window, itself included; null where the window is everything. */
export type Bound = SortKey | null

export function sortKeyOf(orderBy: readonly SortTerm[], row: QueryRow): SortKey {
  return orderBy.map(term => scalarOf(row, term.field))
}

export function compareSortKeys(orderBy: readonly SortTerm[], a: SortKey, b: SortKey): number {
  for (let index = 0; index < orderBy.length; index++) {
    const order = compareValues(a[index] ?? null, b[index] ?? null)
    if (order !== 0) return (orderBy[index] as SortTerm).descending ? -order : order
  }
  return 0
}

export function compareRows(orderBy: readonly SortTerm[]): (a: QueryRow, b: QueryRow) => number {
  return (a, b) => {
    for (const { field, descending } of orderBy) {
      const order = compareValues(scalarOf(a, field), scalarOf(b, field))
      if (order !== 0) return descending ? -order : order
    }
    return 0
  }
}

export function isWithin(orderBy: readonly SortTerm[], bound: Bound, key: SortKey): boolean {
  return bound === null || compareSortKeys(orderBy, key, bound) <= 0
}
