import { canonicalJson } from '../json/canonicalJson.js'
import type { Scalar } from '../json/Json.js'
import { type Condition, everything, nothing } from './Condition.js'
import { compareValues } from './compareValues.js'
import { foldCase } from './foldCase.js'
import type { ListQuery } from './ListQuery.js'

/** The query with its condition in canonical form. */
export function canonicalQuery(query: ListQuery): ListQuery {
  return { ...query, where: canonicalWhere(query.where) }
}

/**
 * One form for many ways to write the same condition: groups flat, sorted and without repeats, value lists sorted and
 * joined per field, constants and double negations gone. It matches exactly the same rows; that two conditions match
 * the same rows does not mean that their canonical forms are equal.
 */
export function canonicalWhere(condition: Condition): Condition {
  switch (condition.op) {
    case 'and':
    case 'or':
      return canonicalGroup(condition.op, condition.of.map(canonicalWhere))
    case 'not':
      return negation(canonicalWhere(condition.of))
    case 'in':
    case 'notIn':
      return membership(condition.op, condition.field, condition.values)
    case 'contains':
      return { op: 'contains', field: condition.field, value: foldCase(condition.value) }
    default:
      return condition
  }
}

function canonicalGroup(op: 'and' | 'or', of: readonly Condition[]): Condition {
  const [neutral, absorbing] = op === 'and' ? [everything, nothing] : [nothing, everything]
  const flat = of.flatMap(item => (item.op === op ? item.of : [item]))
  const conditionByText = new Map<string, Condition>()
  for (const item of joinMemberships(op, flat)) {
    if (item.op === absorbing.op) return absorbing
    if (item.op !== neutral.op) conditionByText.set(canonicalJson(item), item)
  }
  const sorted = [...conditionByText].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, item]) => item)
  if (sorted.length === 0) return neutral
  return sorted.length === 1 ? (sorted[0] as Condition) : { op, of: sorted }
}

/** All `eq` and `in` of one field become one value list, as do all `ne` and `notIn`. */
function joinMemberships(op: 'and' | 'or', of: readonly Condition[]): readonly Condition[] {
  const joined: Condition[] = []
  const valuesByField = { in: new Map<string, readonly Scalar[]>(), notIn: new Map<string, readonly Scalar[]>() }
  for (const item of of) {
    const list = asMembership(item)
    if (list === undefined) {
      joined.push(item)
      continue
    }
    const known = valuesByField[list.op].get(list.field)
    const isUnion = (op === 'or') === (list.op === 'in')
    const values =
      known === undefined
        ? list.values
        : isUnion
          ? [...known, ...list.values]
          : known.filter(value => list.values.includes(value))
    valuesByField[list.op].set(list.field, values)
  }
  for (const listOp of ['in', 'notIn'] as const)
    for (const [field, values] of valuesByField[listOp]) joined.push(membership(listOp, field, values))
  return joined
}

function asMembership(
  condition: Condition,
): { op: 'in' | 'notIn'; field: string; values: readonly Scalar[] } | undefined {
  switch (condition.op) {
    case 'eq':
      return { op: 'in', field: condition.field, values: [condition.value] }
    case 'ne':
      return { op: 'notIn', field: condition.field, values: [condition.value] }
    case 'in':
    case 'notIn':
      return { op: condition.op, field: condition.field, values: condition.values }
    default:
      return undefined
  }
}

function membership(op: 'in' | 'notIn', field: string, values: readonly Scalar[]): Condition {
  const sorted = [...new Set(values)].sort(compareValues)
  const [first] = sorted
  if (first === undefined) return op === 'in' ? nothing : everything
  if (sorted.length === 1) return { op: op === 'in' ? 'eq' : 'ne', field, value: first }
  return { op, field, values: sorted }
}

/** Only exact opposites are turned round: the others match different types. */
function negation(condition: Condition): Condition {
  switch (condition.op) {
    case 'true':
      return nothing
    case 'false':
      return everything
    case 'not':
      return condition.of
    case 'eq':
      return { ...condition, op: 'ne' }
    case 'ne':
      return { ...condition, op: 'eq' }
    case 'in':
      return { ...condition, op: 'notIn' }
    case 'notIn':
      return { ...condition, op: 'in' }
    default:
      return { op: 'not', of: condition }
  }
}
