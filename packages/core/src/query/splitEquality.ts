import type { Scalar } from '../json/Json.js'
import { type Condition, everything } from './Condition.js'
import { canonicalWhere } from './canonicalQuery.js'

export interface EqualitySplit {
  /** Per field the values of which a row must have one. What `scalarOf` reads is what is compared, null included. */
  readonly equality: ReadonlyMap<string, readonly Scalar[]>
  /** What is left to evaluate on rows that pass; the condition is exactly `equality` and `rest`. */
  readonly rest: Condition
}

/** A longer `in` costs more as index entries than it saves. */
const maxIndexedValues = 16

/** Splits a condition into what an index can look up by value, and the rest. */
export function splitEquality(condition: Condition): EqualitySplit {
  const canonical = canonicalWhere(condition)
  const equality = new Map<string, readonly Scalar[]>()
  const rest: Condition[] = []
  for (const term of canonical.op === 'and' ? canonical.of : [canonical]) {
    // The canonical form has at most one value list per field.
    if (term.op === 'eq') equality.set(term.field, [term.value])
    else if (term.op === 'in' && term.values.length <= maxIndexedValues) equality.set(term.field, term.values)
    else rest.push(term)
  }
  const [first] = rest
  return {
    equality,
    rest: rest.length === 0 || !first ? everything : rest.length === 1 ? first : { op: 'and', of: rest },
  }
}
