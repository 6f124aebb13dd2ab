import { checkJson, isPlainObject } from '../json/checkJson.js'
import { isScalar, type Scalar } from '../json/Json.js'
import { type Condition, everything, nothing } from './Condition.js'
import { invalidQuery, type QueryPath } from './invalidQuery.js'

/** What a schema says about a field name: filtered by value, by element, or not at all. */
export type FieldLookup = (name: string) => 'scalar' | 'set' | undefined

/** Bounds for what strangers send. Read rules and lists are parsed apart, so a view may reach twice this. */
const maxDepth = 16
const maxNodes = 500
const maxValues = 1_000

/** What every row has besides its fields. `$pending` is each replica's own and cannot be asked for. */
const metadata = new Set(['id', '$createdAt', '$createdBy', '$updatedAt', '$updatedBy'])

interface Parse {
  readonly fields: FieldLookup | undefined
  nodes: number
}

/**
 * Turns a `where` into a condition or throws `INVALID` with the place that is wrong. Without `fields` names are not
 * checked against a schema: for callers whose types have done so.
 */
export function parseWhere(where: unknown, fields?: FieldLookup): Condition {
  return parseObject(where, { fields, nodes: 0 }, ['where'], 1)
}

/** The kind under which a name can be filtered and ordered by, or throws. */
export function mustFieldKind(
  name: string,
  fields: FieldLookup | undefined,
  path: QueryPath,
): 'scalar' | 'set' | 'any' {
  if (metadata.has(name)) return 'scalar'
  const kind = fields ? fields(name) : name.startsWith('$') || name === '__proto__' || name === '' ? undefined : 'any'
  if (kind === undefined) throw invalidQuery(path, 'names no field that can be filtered or ordered by')
  return kind
}

function parseObject(where: unknown, parse: Parse, path: QueryPath, depth: number): Condition {
  if (!isPlainObject(where)) throw invalidQuery(path, 'must be an object of fields, and, or, not')
  if (depth > maxDepth) throw invalidQuery(path, `is nested deeper than ${maxDepth}`)
  const conditions = Object.keys(where).map(key => parseMember(key, where[key], parse, [...path, key], depth))
  return group('and', conditions)
}

function parseMember(key: string, value: unknown, parse: Parse, path: QueryPath, depth: number): Condition {
  countNode(parse, path)
  if (value === undefined) throw invalidQuery(path, 'is undefined: leave the key out, or say null')
  switch (key) {
    case 'and':
    case 'or':
      if (!Array.isArray(value)) throw invalidQuery(path, 'must be an array of conditions')
      return group(
        key,
        Array.from(value, (item: unknown, index) => {
          countNode(parse, path)
          return parseObject(item, parse, [...path, index], depth + 1)
        }),
      )
    case 'not':
      return { op: 'not', of: parseObject(value, parse, path, depth + 1) }
    default:
      return parseField(key, value, parse, path)
  }
}

function parseField(field: string, value: unknown, parse: Parse, path: QueryPath): Condition {
  const kind = mustFieldKind(field, parse.fields, path)
  if (!isPlainObject(value)) {
    if (kind === 'set') throw invalidQuery(path, 'is a set: ask with { has: element }')
    return { op: 'eq', field, value: mustScalar(value, path) }
  }
  const conditions = Object.keys(value).map(op => {
    const operand = value[op]
    const opPath = [...path, op]
    countNode(parse, opPath)
    if (operand === undefined) throw invalidQuery(opPath, 'is undefined: leave the key out, or say null')
    if (kind !== 'any' && (op === 'has') !== (kind === 'set')) {
      throw invalidQuery(opPath, kind === 'set' ? 'cannot be asked of a set, only has' : 'can be asked only of a set')
    }
    return parseOperator(field, op, operand, opPath)
  })
  return group('and', conditions)
}

function parseOperator(field: string, op: string, operand: unknown, path: QueryPath): Condition {
  switch (op) {
    case 'ne':
    case 'has':
      return { op, field, value: mustScalar(operand, path) }
    case 'in':
    case 'notIn':
      if (!Array.isArray(operand)) throw invalidQuery(path, 'must be an array of values')
      if (operand.length > maxValues) throw invalidQuery(path, `has more than ${maxValues} values`)
      return { op, field, values: Array.from(operand, (item: unknown, index) => mustScalar(item, [...path, index])) }
    case 'gt':
    case 'gte':
    case 'lt':
    case 'lte': {
      const value = mustScalar(operand, path)
      if (typeof value === 'string' || typeof value === 'number') return { op, field, value }
      throw invalidQuery(path, 'must be a number or a string')
    }
    case 'startsWith':
    case 'contains': {
      const value = mustScalar(operand, path)
      if (typeof value === 'string') return { op, field, value }
      throw invalidQuery(path, 'must be a string')
    }
    default:
      throw invalidQuery(path, 'is no operator: use ne, in, notIn, gt, gte, lt, lte, startsWith, contains or has')
  }
}

function mustScalar(value: unknown, path: QueryPath): Scalar {
  if (!isScalar(value)) throw invalidQuery(path, 'must be a string, number, boolean or null')
  const problem = checkJson(value)
  if (problem) throw invalidQuery(path, problem.message)
  return value
}

function countNode(parse: Parse, path: QueryPath): void {
  if (++parse.nodes > maxNodes) throw invalidQuery(path, `is more than ${maxNodes} conditions`)
}

function group(op: 'and' | 'or', of: readonly Condition[]): Condition {
  if (of.length === 0) return op === 'and' ? everything : nothing
  return of.length === 1 ? (of[0] as Condition) : { op, of }
}
