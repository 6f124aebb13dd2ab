import { type Condition, matches, type QueryRow, type Scalar } from '@tidemark/core'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { InterestIndex } from './InterestIndex.js'
import { benchRouting } from './testing/benchRouting.js'

const empty = { views: 0, bodies: 0, shapes: 0, keys: 0, residuals: 0 }

const fields = ['id', 'status', 'assignee', 'votes', 'labels'] as const
const collections = ['tasks', 'notes'] as const
/** Few, and such that a careless key mixes them up. */
const values: readonly Scalar[] = ['a', 'b', '', '1', '1:a', 'n', '#1;', 1, 0, 2.5, true, false, null]

const value = fc.constantFrom(...values)
const row: fc.Arbitrary<QueryRow> = fc.record(
  { id: fc.constantFrom('a', 'b', '1'), status: value, assignee: value, votes: value, labels: fc.subarray(['a', 'b']) },
  { requiredKeys: ['id'] },
)
const image = fc.option(row, { freq: 5 })

const leaf: fc.Arbitrary<Condition> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ op: fc.constant('eq' as const), field: fc.constantFrom(...fields), value }) },
  {
    weight: 3,
    arbitrary: fc.record({
      op: fc.constantFrom('in' as const, 'notIn' as const),
      field: fc.constantFrom(...fields),
      values: fc.array(value, { maxLength: 20 }),
    }),
  },
  fc.record({ op: fc.constant('ne' as const), field: fc.constantFrom(...fields), value }),
  fc.record({
    op: fc.constantFrom('gt' as const, 'lte' as const),
    field: fc.constantFrom(...fields),
    value: fc.constantFrom('a', 1),
  }),
  fc.record({ op: fc.constant('has' as const), field: fc.constant('labels'), value: fc.constantFrom('a', 'c') }),
  fc.record({ op: fc.constantFrom('true' as const, 'false' as const) }),
)
const condition = fc.letrec<{ condition: Condition }>(tie => ({
  condition: fc.oneof(
    { maxDepth: 2 },
    leaf,
    {
      weight: 3,
      arbitrary: fc.record({
        op: fc.constantFrom('and' as const, 'and' as const, 'or' as const),
        of: fc.array(tie('condition'), { maxLength: 4 }),
      }),
    },
    fc.record({ op: fc.constant('not' as const), of: tie('condition') }),
  ),
})).condition

type Step =
  | { readonly kind: 'add'; readonly collection: string; readonly where: Condition }
  | { readonly kind: 'addBody'; readonly collection: string; readonly id: string }
  | { readonly kind: 'remove'; readonly place: number }
  | {
      readonly kind: 'route'
      readonly collection: string
      readonly before: QueryRow | null
      readonly after: QueryRow | null
    }

const collection = fc.constantFrom(...collections)
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 5, arbitrary: fc.record({ kind: fc.constant('add' as const), collection, where: condition }) },
  fc.record({ kind: fc.constant('addBody' as const), collection, id: fc.constantFrom('a', 'b') }),
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('remove' as const), place: fc.nat() }) },
  { weight: 5, arbitrary: fc.record({ kind: fc.constant('route' as const), collection, before: image, after: image }) },
)

/** The index as it should be: everything evaluated. */
class NaiveIndex {
  readonly views = new Map<number, Step & { readonly kind: 'add' | 'addBody' }>()

  route(name: string, before: QueryRow | null, after: QueryRow | null) {
    return [...this.views].flatMap(([view, added]) => {
      if (added.kind !== 'add' || added.collection !== name) return []
      const routed = {
        view,
        before: before !== null && matches(added.where, before),
        after: after !== null && matches(added.where, after),
      }
      return routed.before || routed.after ? [routed] : []
    })
  }

  routeBody(name: string, id: string) {
    return [...this.views].flatMap(([view, added]) =>
      added.kind === 'addBody' && added.collection === name && added.id === id ? [view] : [],
    )
  }
}

const byView = (a: { view: number }, b: { view: number }) => a.view - b.view

describe('InterestIndex', () => {
  it('[G8, S-INT-1, S-INT-2, S-INT-5] routes like evaluating every view, through any history, and leaves nothing behind', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60, size: 'max' }), steps => {
        const index = new InterestIndex()
        const naive = new NaiveIndex()
        for (const [view, step] of steps.entries()) {
          if (step.kind === 'add') {
            index.add(view, step.collection, step.where)
            naive.views.set(view, step)
          } else if (step.kind === 'addBody') {
            index.addBody(view, step.collection, step.id)
            naive.views.set(view, step)
          } else if (step.kind === 'remove') {
            const present = [...naive.views.keys()]
            const removed = present[step.place % present.length] ?? -1
            index.remove(removed)
            naive.views.delete(removed)
          } else {
            const routed = [...index.route(step.collection, step.before, step.after)].sort(byView)
            expect(routed).toEqual(naive.route(step.collection, step.before, step.after))
          }
        }
        for (const name of collections) {
          for (const id of ['a', 'b']) {
            expect([...index.routeBody(name, id)].sort((a, b) => a - b)).toEqual(naive.routeBody(name, id))
          }
        }
        expect(index.size.views + index.size.bodies).toBe(naive.views.size)
        for (const view of naive.views.keys()) index.remove(view)
        expect(index.size).toEqual(empty)
      }),
      { numRuns: 2_000 },
    )
  })

  it('[S-INT-1] tells a record that comes into a view from one that leaves it or stays', () => {
    const index = new InterestIndex()
    index.add(1, 'tasks', { op: 'eq', field: 'status', value: 'todo' })
    index.add(2, 'tasks', { op: 'in', field: 'status', values: ['todo', 'done'] })
    index.add(3, 'tasks', { op: 'eq', field: 'id', value: 'r1' })
    index.add(4, 'tasks', { op: 'eq', field: 'id', value: 'r2' })
    const todo = { id: 'r1', status: 'todo' }
    const done = { id: 'r1', status: 'done' }
    expect([...index.route('tasks', todo, done)].sort(byView)).toEqual([
      { view: 1, before: true, after: false },
      { view: 2, before: true, after: true },
      { view: 3, before: true, after: true },
    ])
    expect([...index.route('tasks', null, todo)].sort(byView)).toEqual([
      { view: 1, before: false, after: true },
      { view: 2, before: false, after: true },
      { view: 3, before: false, after: true },
    ])
    expect(
      index
        .route('tasks', done, null)
        .map(({ view }) => view)
        .sort(),
    ).toEqual([2, 3])
    expect(index.route('notes', todo, done)).toEqual([])
  })

  it('[S-INT-3] a residual condition is evaluated once for all views under a key that share it', () => {
    const index = new InterestIndex()
    const range: Condition = { op: 'gt', field: 'votes', value: 1 }
    for (let view = 0; view < 100; view++) {
      index.add(view, 'tasks', { op: 'and', of: view % 2 === 0 ? [status('todo'), range] : [range, status('todo')] })
    }
    let reads = 0
    const counted = (votes: number): QueryRow => ({
      id: 'r1',
      status: 'todo',
      get votes() {
        reads++
        return votes
      },
    })
    expect(index.route('tasks', counted(1), counted(2))).toHaveLength(100)
    expect(reads).toBe(2)
  })

  it('[S-INT-4] a view never has more than 64 keys, and matches the same rows', () => {
    const index = new InterestIndex()
    const sixteen = Array.from({ length: 16 }, (_, n) => n)
    const where: Condition = {
      op: 'and',
      of: ['a', 'b', 'c', 'd'].map(field => ({ op: 'in', field, values: sixteen })),
    }
    index.add(1, 'tasks', where)
    expect(index.size.keys).toBeLessThanOrEqual(64)
    const inside = { id: 'r1', a: 15, b: 0, c: 7, d: 3 }
    expect(index.route('tasks', { ...inside, d: 16 }, inside)).toEqual([{ view: 1, before: false, after: true }])
  })

  it('[S-INT-5] a view number is taken until it is removed', () => {
    const index = new InterestIndex()
    index.add(1, 'tasks', status('todo'))
    index.addBody(2, 'tasks', 'r1')
    for (const taken of [1, 2]) {
      expect(() => index.add(taken, 'tasks', status('done'))).toThrow()
      expect(() => index.addBody(taken, 'tasks', 'r1')).toThrow()
    }
    index.remove(1)
    index.remove(1)
    index.remove(2)
    expect(index.size).toEqual(empty)
    index.add(2, 'tasks', status('done'))
    expect(index.route('tasks', null, { id: 'r1', status: 'done' })).toEqual([{ view: 2, before: false, after: true }])
  })

  it('[P4] costs what it finds, not what is subscribed: far less than evaluating 20,000 views', () => {
    const figures = benchRouting(20_000)
    expect(figures.routedPerChange).toBeGreaterThan(1)
    expect(figures.timesFaster).toBeGreaterThan(50)
  })
})

function status(value: string): Condition {
  return { op: 'eq', field: 'status', value }
}
