import type { Condition, RangeOp } from './Condition.js'
import { compareStrings } from './compareValues.js'
import { foldCase } from './foldCase.js'
import { type QueryRow, scalarOf, setHolds } from './QueryRow.js'

export type Matcher = (row: QueryRow) => boolean

/** `matches` for one condition and many rows: what does not depend on the row is done once. */
export function compileMatcher(condition: Condition): Matcher {
  switch (condition.op) {
    case 'true':
      return () => true
    case 'false':
      return () => false
    case 'and': {
      const matchers = condition.of.map(compileMatcher)
      return row => {
        for (const matcher of matchers) if (!matcher(row)) return false
        return true
      }
    }
    case 'or': {
      const matchers = condition.of.map(compileMatcher)
      return row => {
        for (const matcher of matchers) if (matcher(row)) return true
        return false
      }
    }
    case 'not': {
      const matcher = compileMatcher(condition.of)
      return row => !matcher(row)
    }
    case 'eq': {
      const { field, value } = condition
      return row => scalarOf(row, field) === value
    }
    case 'ne': {
      const { field, value } = condition
      return row => scalarOf(row, field) !== value
    }
    case 'in': {
      const { field } = condition
      const values = new Set(condition.values)
      return row => values.has(scalarOf(row, field))
    }
    case 'notIn': {
      const { field } = condition
      const values = new Set(condition.values)
      return row => !values.has(scalarOf(row, field))
    }
    case 'gt':
    case 'gte':
    case 'lt':
    case 'lte':
      return compileRange(condition.field, condition.op, condition.value)
    case 'startsWith': {
      const { field, value: prefix } = condition
      return row => {
        const value = scalarOf(row, field)
        return typeof value === 'string' && value.startsWith(prefix)
      }
    }
    case 'contains': {
      const { field } = condition
      const part = foldCase(condition.value)
      return row => {
        const value = scalarOf(row, field)
        return typeof value === 'string' && foldCase(value).includes(part)
      }
    }
    case 'has': {
      const { field, value } = condition
      return row => setHolds(row, field, value)
    }
  }
}

const holdsByOp: Readonly<Record<RangeOp, (order: number) => boolean>> = {
  gt: order => order > 0,
  gte: order => order >= 0,
  lt: order => order < 0,
  lte: order => order <= 0,
}

function compileRange(field: string, op: RangeOp, operand: string | number): Matcher {
  const holds = holdsByOp[op]
  if (typeof operand === 'number') {
    return row => {
      const value = scalarOf(row, field)
      return typeof value === 'number' && holds(value - operand)
    }
  }
  return row => {
    const value = scalarOf(row, field)
    return typeof value === 'string' && holds(compareStrings(value, operand))
  }
}
