import type { Condition } from './Condition.js'

export interface SortTerm {
  readonly field: string
  readonly descending: boolean
}

/** A parsed query over one collection. `orderBy` names no field twice and always ends with `id`: a total order. */
export interface ListQuery {
  readonly where: Condition
  readonly orderBy: readonly SortTerm[]
  readonly limit: number | null
}
