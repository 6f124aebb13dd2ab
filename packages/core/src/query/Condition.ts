import type { Scalar } from '../json/Json.js'

/**
 * A parsed `where`: plain data, two-valued (null is a value like any other, `not` is plain negation).
 *
 * - `eq ne in notIn` compare with null as a value: `ne` and `notIn` match null unless it is named.
 * - `gt gte lt lte` match only values of the operand's type; `startsWith contains` only strings. `startsWith` is
 *   exact, `contains` ignores case as `foldCase` does.
 * - `has` asks whether a set holds an element.
 */
export type Condition =
  | { readonly op: 'true' }
  | { readonly op: 'false' }
  | { readonly op: 'and' | 'or'; readonly of: readonly Condition[] }
  | { readonly op: 'not'; readonly of: Condition }
  | { readonly op: EqualityOp; readonly field: string; readonly value: Scalar }
  | { readonly op: RangeOp; readonly field: string; readonly value: string | number }
  | { readonly op: MembershipOp; readonly field: string; readonly values: readonly Scalar[] }
  | { readonly op: StringOp; readonly field: string; readonly value: string }
  | { readonly op: 'has'; readonly field: string; readonly value: Scalar }

export type EqualityOp = 'eq' | 'ne'
export type RangeOp = 'gt' | 'gte' | 'lt' | 'lte'
export type MembershipOp = 'in' | 'notIn'
export type StringOp = 'startsWith' | 'contains'

export const everything: Condition = Object.freeze({ op: 'true' })
export const nothing: Condition = Object.freeze({ op: 'false' })

/** Both hold: how a read rule narrows a list. */
export function andWhere(a: Condition, b: Condition): Condition {
  if (a.op === 'true' || b.op === 'false') return b
  if (b.op === 'true' || a.op === 'false') return a
  return { op: 'and', of: [...conjuncts(a), ...conjuncts(b)] }
}

function conjuncts(condition: Condition): readonly Condition[] {
  return condition.op === 'and' ? condition.of : [condition]
}
