import type { Condition } from './Condition.js'
import { compareStrings } from './compareValues.js'
import { foldCase } from './foldCase.js'
import { type QueryRow, scalarOf, setHolds } from './QueryRow.js'

/** The evaluator: whether a row satisfies a condition. For many rows use `compileMatcher`. */
export function matches(condition: Condition, row: QueryRow): boolean {
  switch (condition.op) {
    case 'true':
      return true
    case 'false':
      return false
    case 'and':
      return condition.of.every(item => matches(item, row))
    case 'or':
      return condition.of.some(item => matches(item, row))
    case 'not':
      return !matches(condition.of, row)
    case 'eq':
      return scalarOf(row, condition.field) === condition.value
    case 'ne':
      return scalarOf(row, condition.field) !== condition.value
    case 'in':
      return condition.values.includes(scalarOf(row, condition.field))
    case 'notIn':
      return !condition.values.includes(scalarOf(row, condition.field))
    case 'gt':
      return orderOf(row, condition.field, condition.value) > 0
    case 'gte':
      return orderOf(row, condition.field, condition.value) >= 0
    case 'lt':
      return orderOf(row, condition.field, condition.value) < 0
    case 'lte':
      return orderOf(row, condition.field, condition.value) <= 0
    case 'startsWith': {
      const value = scalarOf(row, condition.field)
      return typeof value === 'string' && value.startsWith(condition.value)
    }
    case 'contains': {
      const value = scalarOf(row, condition.field)
      return typeof value === 'string' && foldCase(value).includes(foldCase(condition.value))
    }
    case 'has':
      return setHolds(row, condition.field, condition.value)
  }
}

/** How the row's value stands to the operand; NaN, which fails every comparison, where their types differ. */
function orderOf(row: QueryRow, field: string, operand: string | number): number {
  const value = scalarOf(row, field)
  if (typeof value === 'number' && typeof operand === 'number') return value < operand ? -1 : value > operand ? 1 : 0
  if (typeof value === 'string' && typeof operand === 'string') return compareStrings(value, operand)
  return Number.NaN
}
