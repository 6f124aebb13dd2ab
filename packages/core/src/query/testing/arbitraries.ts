import fc from 'fast-check'
import type { Json, Scalar } from '../../json/Json.js'
import { compareValues } from '../compareValues.js'
import type { FieldLookup } from '../parseWhere.js'
import type { QueryRow } from '../QueryRow.js'
import type { WrittenQuery, WrittenWhere } from './naiveList.js'

/**
 * One small model for tests of queries, with few values of each kind so that ties and matches are frequent:
 *
 * - `title` strings of mixed case, scripts and astral characters; `status` one of three; `assignee` a name or null;
 * - `votes` a number; `done` a boolean; `labels` a set of strings; `marks` a set of scalars of all types;
 * - `mixed` any JSON: scalars of all types, sometimes an array or object (which read as null); often missing.
 */
export const testFields: FieldLookup = name => kindByField.get(name)

const kindByField = new Map<string, 'scalar' | 'set'>([
  ['title', 'scalar'],
  ['status', 'scalar'],
  ['assignee', 'scalar'],
  ['votes', 'scalar'],
  ['done', 'scalar'],
  ['mixed', 'scalar'],
  ['labels', 'set'],
  ['marks', 'set'],
])

/** No letter whose `toLowerCase` differs from `foldCase`, so that the naive evaluator can use the former. */
const letters = [
  'a',
  'A',
  'b',
  'B',
  'z',
  'é',
  'É',
  'ñ',
  'Я',
  'я',
  'Ω',
  'ω',
  'ß',
  '_',
  '%',
  '*',
  '?',
  '\\',
  "'",
  '"',
  '[',
  ' ',
  '.',
  '1',
  '\u00ad',
  '\ue000',
  '\uffee',
  '😀',
  '😁',
  '𝒳',
]

const title = fc.string({ unit: fc.constantFrom(...letters), maxLength: 5 })
const status = fc.constantFrom('todo', 'doing', 'done')
const assignee = fc.constantFrom('alice', 'bob', 'carol', null)
const numbers = [-1e21, -2, -0.5, 0, 0.1, 1, 2, 3, 10, 2 ** 31, 2 ** 53, 1e300]
const votes = fc.constantFrom(...numbers)
const done = fc.boolean()
const scalar: fc.Arbitrary<Scalar> = fc.oneof(
  title,
  votes,
  done,
  fc.constant(null),
  fc.constantFrom('1', '0', 'true', 'null'),
)
const nonScalar: fc.Arbitrary<Json> = fc.constantFrom([], ['a'], [1], {}, { a: 1 })
const label = fc.constantFrom('bug', 'Bug', 'idea', '😀', "it's")
const time = fc.constantFrom(1_700_000_000_000, 1_700_000_000_001, 1_800_000_000_000)
const id = fc.oneof(
  fc.constantFrom('a', 'b', 'B', 'é', '😀', '\uffee', '10', '9'),
  fc.string({ unit: fc.constantFrom('a', 'B', '1', '-'), minLength: 1, maxLength: 4 }),
)

const sorted = <T extends Scalar>(values: readonly T[]): T[] => [...values].sort(compareValues)

export const rowArbitrary: fc.Arbitrary<QueryRow> = fc.record(
  {
    id,
    title,
    status,
    assignee,
    votes,
    done,
    labels: fc.uniqueArray(label, { maxLength: 3 }).map(sorted),
    marks: fc.uniqueArray(scalar, { maxLength: 3 }).map(sorted),
    mixed: fc.oneof({ arbitrary: scalar, weight: 6 }, { arbitrary: nonScalar, weight: 1 }),
    $createdAt: time,
    $createdBy: fc.constantFrom('alice', 'bob'),
    $updatedAt: time,
    $updatedBy: fc.constantFrom('alice', 'carol'),
  },
  {
    requiredKeys: [
      'id',
      'title',
      'status',
      'assignee',
      'votes',
      'done',
      'labels',
      'marks',
      '$createdAt',
      '$createdBy',
      '$updatedAt',
      '$updatedBy',
    ],
  },
)

/** Rows of one collection: no id twice. */
export function rowsArbitrary(minLength = 0, maxLength = 30): fc.Arbitrary<QueryRow[]> {
  return fc.uniqueArray(rowArbitrary, { minLength, maxLength, size: 'max', selector: row => row.id })
}

const valueByField = {
  id,
  title,
  status,
  assignee,
  votes,
  done,
  mixed: scalar,
  $createdAt: time,
  $updatedBy: assignee,
} as const
const scalarField = fc.constantFrom(...(Object.keys(valueByField) as (keyof typeof valueByField)[]))

/** One field's term: mostly with a value the field can have, sometimes with any. */
const scalarTerm: fc.Arbitrary<WrittenWhere> = scalarField.chain(field => {
  const value: fc.Arbitrary<Scalar> = fc.oneof(
    { arbitrary: valueByField[field], weight: 4 },
    { arbitrary: scalar, weight: 1 },
  )
  const values = fc.array(value, { maxLength: 4 })
  const rangeValue = fc
    .oneof(valueByField[field], scalar)
    .filter(operand => typeof operand === 'string' || typeof operand === 'number')
  const range = field === 'done' ? votes : rangeValue
  const ops = fc.record(
    {
      ne: value,
      in: values,
      notIn: values,
      gt: range,
      gte: range,
      lt: range,
      lte: range,
      startsWith: title,
      contains: title,
    },
    { requiredKeys: [] },
  )
  const oneOp = fc
    .constantFrom('ne', 'in', 'notIn', 'gt', 'gte', 'lt', 'lte', 'startsWith', 'contains')
    .chain(op => ops.map(all => (op in all ? { [op]: all[op as 'ne'] } : {})))
  return fc
    .oneof({ arbitrary: value, weight: 3 }, { arbitrary: oneOp, weight: 5 }, { arbitrary: ops, weight: 1 })
    .map(term => ({ [field]: term }))
})

const setTerm: fc.Arbitrary<WrittenWhere> = fc.oneof(
  label.map(element => ({ labels: { has: element } })),
  scalar.map(element => ({ marks: { has: element } })),
)

/** A `where` as people write it, that `parseWhere(where, testFields)` takes. */
export const whereArbitrary: fc.Arbitrary<WrittenWhere> = fc.letrec<{ where: WrittenWhere }>(tie => {
  const groupOf = fc.array(tie('where'), { maxLength: 3, depthIdentifier: 'where' })
  return {
    where: fc.oneof(
      { maxDepth: 4, depthIdentifier: 'where' },
      { arbitrary: scalarTerm, weight: 4 },
      { arbitrary: setTerm, weight: 1 },
      { arbitrary: fc.constant({}), weight: 1 },
      { arbitrary: fc.tuple(scalarTerm, scalarTerm).map(([a, b]) => ({ ...a, ...b })), weight: 2 },
      { arbitrary: groupOf.map(and => ({ and })), weight: 2 },
      { arbitrary: groupOf.map(or => ({ or })), weight: 2 },
      { arbitrary: tie('where').map(not => ({ not })), weight: 2 },
      { arbitrary: fc.record({ and: groupOf, or: groupOf, not: tie('where') }), weight: 1 },
    ),
  }
}).where

const orderKey = fc
  .tuple(
    fc.constantFrom('', '-'),
    fc.constantFrom('id', 'title', 'status', 'assignee', 'votes', 'done', 'mixed', '$createdAt', '$updatedBy'),
  )
  .map(([sign, field]) => sign + field)

export const orderByArbitrary: fc.Arbitrary<string | string[]> = fc.oneof(
  orderKey,
  fc.array(orderKey, { maxLength: 3 }),
)

/** A query as people write it, that `parseQuery(query, testFields)` takes. */
export const queryArbitrary: fc.Arbitrary<WrittenQuery> = fc.record(
  { where: whereArbitrary, orderBy: orderByArbitrary, limit: fc.integer({ min: 1, max: 12 }) },
  { requiredKeys: [] },
)
