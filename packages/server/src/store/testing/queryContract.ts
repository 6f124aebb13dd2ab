import {
  type Condition,
  collection,
  compareSortKeys,
  defineSchema,
  matches,
  openCollection,
  parseQuery,
  parseWhere,
  type QueryRow,
  type Scalar,
  type SchemaModel,
  schemaModelOf,
  set,
  sortKeyOf,
  withDefaults,
} from '@tidemark/core'
import { naiveList, queryArbitrary, rowsArbitrary, testFields } from '@tidemark/core/testing'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { z } from 'zod'
import type { ShardClaim } from '../ShardTable.js'
import type { Store } from '../Store.js'

/** The fields of core's random rows; `mixed` is often missing, and reads as another default in each collection. */
const anyValue = z.custom<Scalar>(() => true)
const fieldsWith = (mixed: z.ZodType<Scalar, Scalar>) => ({
  title: z.string(),
  status: z.string(),
  assignee: z.string().nullable(),
  votes: z.number(),
  done: z.boolean(),
  labels: set(z.string()),
  marks: set(anyValue),
  mixed,
})
const defaults = { none: undefined, text: "it's", number: -2, big: 2 ** 80, yes: true, list: ['a'] } as const
const schema = schemaModelOf(
  defineSchema({
    version: 1,
    collections: [
      ...Object.entries(defaults).map(([name, value]) =>
        collection(name, fieldsWith(fieldWithDefault(value)), {
          indexes: ['votes', 'title', ['status', 'mixed'], ['mixed', '$createdAt']],
        }),
      ),
      openCollection('boards'),
    ],
  }),
)

/** A validator that takes anything is asked for its default by `undefined`. */
function fieldWithDefault(value: unknown): z.ZodType<Scalar, Scalar> {
  return value === undefined ? anyValue : (anyValue.default(value as Scalar) as unknown as typeof anyValue)
}

const names = Object.keys(defaults) as (keyof typeof defaults)[]

let made = 0

/** That a store with SQL finds and sorts as core's evaluator does. `open` gives an empty one. */
export function queryContract(open: (schema: SchemaModel) => Promise<Store>): void {
  let store: Store
  let epochs: readonly ShardClaim[]

  beforeAll(async () => {
    store = await open(schema)
    epochs = await store.claim([0], { node: 'node-1', address: '', leaseMs: 1 })
  })

  afterAll(() => store.close())

  /** A new workspace with these rows in one collection. */
  async function workspaceOf(name: string, rows: readonly QueryRow[]): Promise<string> {
    const workspace = `workspace-${made++}`
    await store.open(workspace, 0)
    const records = rows.map(({ id, ...values }) => {
      return { collection: name, id: id as string, state: { seq: 0, values, marks: {}, removed: false } }
    })
    const part = { workspace, from: 0, to: 0, changes: [], records, bodies: [], replicas: [], writers: [] }
    expect(await store.commit({ epochs, workspaces: [part] })).toEqual({ status: 'committed' })
    return workspace
  }

  async function idsOf(workspace: string, name: string, where: Condition): Promise<string[]> {
    const query = { where, orderBy: [{ field: 'id', descending: false }], limit: null }
    const { found } = await store.read(workspace, { found: { kind: 'list', collection: name, query } })
    return found.map(({ id }) => id)
  }

  it('[S-STORE-9] find and sort as the naive evaluator does, whatever the rows, defaults and queries are', async () => {
    const same = fc.asyncProperty(
      rowsArbitrary(),
      queryArbitrary,
      fc.constantFrom(...names),
      async (rows, written, name) => {
        const workspace = await workspaceOf(name, rows)
        const model = schema.collectionByName.get(name)
        const filled = rows.map(row => (model ? withDefaults(model, row) : row))
        const query = parseQuery(written, testFields)
        const { list, count } = await store.read(workspace, {
          list: { kind: 'list', collection: name, query },
          count: { kind: 'count', collection: name, query },
        })
        const expected = naiveList(filled, written)
        expect(list.map(({ id }) => id)).toEqual(expected.map(({ id }) => id))
        const { limit: _, ...unlimited } = written
        expect(count).toBe(naiveList(filled, unlimited).length)
      },
    )
    await fc.assert(same, { numRuns: 1_000 })
  }, 60_000)

  it('[S-STORE-9] pages taken one after another, each after the last key, make the whole list', async () => {
    const pages = fc.asyncProperty(
      rowsArbitrary(),
      queryArbitrary,
      fc.constantFrom(...names),
      async (rows, written, name) => {
        const workspace = await workspaceOf(name, rows)
        const model = schema.collectionByName.get(name)
        const filledById = new Map(rows.map(row => [row.id, model ? withDefaults(model, row) : row]))
        const query = { ...parseQuery(written, testFields), limit: 4 }
        const ids: string[] = []
        let after: ReturnType<typeof sortKeyOf> | undefined
        for (;;) {
          const { page } = await store.read(workspace, { page: { kind: 'list', collection: name, query, after } })
          ids.push(...page.map(({ id }) => id))
          if (page.length < 4) break
          const next = sortKeyOf(query.orderBy, filledById.get(page.at(-1)?.id as string) as QueryRow)
          expect(after === undefined || compareSortKeys(query.orderBy, next, after) > 0).toBe(true)
          after = next
        }
        const { limit: _, ...unlimited } = written
        expect(ids).toEqual(naiveList([...filledById.values()], unlimited).map(({ id }) => id))
      },
    )
    await fc.assert(pages, { numRuns: 200 })
  }, 60_000)

  it('every number is found by itself, those that JSON writes as long integers too', async () => {
    const found = fc.asyncProperty(
      fc.uniqueArray(fc.double({ noNaN: true, noDefaultInfinity: true }), { maxLength: 40 }),
      async some => {
        const numbers = [
          ...new Set([
            ...some.map(number => number + 0),
            2 ** 53,
            2 ** 62 + 2 ** 10,
            2 ** 63,
            2 ** 64,
            -(2 ** 63),
            1e21,
          ]),
        ]
        const rows = numbers.map((votes, index) => ({ id: String(index).padStart(3, '0'), votes, marks: [votes] }))
        const workspace = await workspaceOf('none', rows)
        for (const [index, value] of numbers.entries()) {
          const id = [String(index).padStart(3, '0')]
          expect(await idsOf(workspace, 'none', { op: 'eq', field: 'votes', value })).toEqual(id)
          expect(await idsOf(workspace, 'none', { op: 'in', field: 'votes', values: [value] })).toEqual(id)
          expect(await idsOf(workspace, 'none', { op: 'has', field: 'marks', value })).toEqual(id)
        }
      },
    )
    await fc.assert(found, { numRuns: 30 })
  })

  it('conditions of any size and depth that a query may have are within what the store takes', async () => {
    const workspace = await workspaceOf('none', [{ id: 'a', votes: 1, title: 'x' }])
    const many = Array.from({ length: 150 }, (_, index) => ({ title: { contains: `${index}` } }))
    const list = Array.from({ length: 1_000 }, (_, index) => index)
    let deep: object = { votes: { in: list, notIn: [...list.slice(5), 'x', null, true] } }
    for (let depth = 0; depth < 14; depth++) deep = { not: deep }
    const where = parseWhere({ and: [deep, { not: { or: many } }] })
    const both: Condition = { op: 'and', of: [where, where] }
    expect(await idsOf(workspace, 'none', both)).toEqual(['a'])
  })

  it('a name that no field can have reads as null, and never as SQL', async () => {
    const rows: QueryRow[] = [{ id: 'a', title: 'x' }]
    const workspace = await workspaceOf('none', rows)
    for (const field of [`x"' OR 1 --`, "'", '"', '$', '', '$."title"', 'a b', 'title[0]', '__proto__']) {
      const conditions: Condition[] = [
        { op: 'eq', field, value: null },
        { op: 'ne', field, value: 'x' },
        { op: 'gt', field, value: '' },
        { op: 'has', field, value: 'x' },
        { op: 'not', of: { op: 'has', field, value: 'x' } },
      ]
      for (const condition of conditions) {
        const expected = rows.filter(row => matches(condition, row)).map(({ id }) => id)
        expect(await idsOf(workspace, 'none', condition)).toEqual(expected)
      }
    }
  })

  it('a collection that the schema has no more is still read', async () => {
    const workspace = await workspaceOf('forgotten', [{ id: 'a', title: 'x' }])
    expect(await idsOf(workspace, 'forgotten', { op: 'eq', field: 'title', value: 'x' })).toEqual(['a'])
  })

  it('[S-STORE-9] strings that differ far behind their beginning compare and sort whole', async () => {
    const string = fc
      .tuple(fc.constantFrom(0, 1, 97, 98, 99, 100, 300), fc.constantFrom('', 'a', 'b', 'ab', '😀', '\uffee'))
      .map(([length, end]) => 'x'.repeat(length) + end)
    const operator = fc.constantFrom('gt', 'gte', 'lt', 'lte', 'ne', 'startsWith', 'contains')
    const where = fc.oneof(
      fc.tuple(operator, string).map(([op, operand]) => ({ title: { [op]: operand } })),
      fc.array(string, { maxLength: 4 }).map(operands => ({ title: { in: operands } })),
      string.map(title => ({ title })),
      fc.constant({}),
    )
    const orderBy = fc.constantFrom(
      'title',
      '-title',
      ['votes', '-title'],
      ['title', '-votes'],
      ['-title', '-votes', '-id'],
    )
    const whole = fc.asyncProperty(
      fc.array(fc.tuple(string, fc.constantFrom(1, 2)), { maxLength: 30 }),
      where,
      orderBy,
      fc.constantFrom(2, 3, 50),
      async (values, where, orderBy, limit) => {
        const rows = values.map(([title, votes], index) => ({ id: `${index}`, title, votes }))
        const workspace = await workspaceOf('none', rows)
        const query = parseQuery({ where, orderBy, limit }, testFields)
        const ids: string[] = []
        let after: readonly Scalar[] | undefined
        for (;;) {
          const { page } = await store.read(workspace, { page: { kind: 'list', collection: 'none', query, after } })
          ids.push(...page.map(({ id }) => id))
          if (page.length < limit) break
          after = sortKeyOf(query.orderBy, rows.find(({ id }) => id === page.at(-1)?.id) as QueryRow)
        }
        expect(ids).toEqual(naiveList(rows, { where, orderBy } as never).map(({ id }) => id))
        const { count } = await store.read(workspace, { count: { kind: 'count', collection: 'none', query } })
        expect(count).toBe(ids.length)
      },
    )
    await fc.assert(whole, { numRuns: 300 })
  }, 60_000)
}
