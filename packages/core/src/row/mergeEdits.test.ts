import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Json, Scalar } from '../json/Json.js'
import { editValues, sortElements } from './editValues.js'
import type { FieldEdit, FieldEdits } from './FieldEdit.js'
import { type EditOrigin, type FieldKind, insertRecord, mergeEdits, removeRecord } from './mergeEdits.js'
import { fieldsAfter, type RecordState, type Register } from './RecordState.js'
import { queryRowOf, type RowValues } from './RowValues.js'
import { effectiveStamp, msOfStamp, stampFromMs } from './Stamp.js'

const writers = ['alice-phone', 'alice-tab', 'bob', 'carol'] as const
const registers = ['title', 'status'] as const
const userOf = (writer: string) => writer.split('-')[0] as string
const kindOf = (field: string): FieldKind => (field === 'votes' ? 'counter' : field === 'labels' ? 'set' : 'register')

const origin = (of: Partial<EditOrigin>): EditOrigin => {
  const writer = of.writer ?? 'alice-phone'
  return { seq: 1, stamp: 0, number: 1, seen: 0, userId: userOf(writer), ...of, writer }
}
const start = (values: RowValues = { title: '', status: 'todo', votes: 0, labels: [] }) =>
  insertRecord(values, kindOf, origin({}))

/** Merges in order, each at its place as `seq` behind the insert. */
function merged(state: RecordState, edits: readonly (Partial<EditOrigin> & { edits: FieldEdits })[]): RecordState {
  return edits.reduce(
    (before, { edits, ...of }, place) => mergeEdits(before, edits, origin({ seq: place + 2, ...of })).state,
    state,
  )
}
const set = (value: Json): FieldEdit => ({ kind: 'set', value })
const add = (...elements: Scalar[]): FieldEdits => ({ labels: { kind: 'elements', add: elements, remove: [] } })
const remove = (...elements: Scalar[]): FieldEdits => ({ labels: { kind: 'elements', add: [], remove: elements } })
const replace = (...elements: Scalar[]): FieldEdits => ({ labels: { kind: 'replaceElements', elements } })
/** What does not depend on the order in which edits came to the authority. */
const withoutSeqs = ({ values, marks }: RecordState) => ({
  values,
  marks: Object.fromEntries(Object.entries(marks).map(([field, [, ...mark]]) => [field, mark])),
})

interface MadeEdit {
  readonly writer: string
  readonly number: number
  readonly stamp: number
  readonly edits: FieldEdits
}

/** Edits of registers by replicas with any clocks, and the effective stamps that the authority gave them: often equal. */
const madeEdits: fc.Arbitrary<MadeEdit[]> = fc
  .array(
    fc.record({
      writer: fc.constantFrom(...writers),
      clock: fc.oneof({ weight: 4, arbitrary: fc.nat({ max: 3 }) }, fc.integer({ min: 0, max: 2 ** 41 })),
      edits: fc.dictionary(fc.constantFrom(...registers), fc.nat({ max: 5 }).map(set), {
        minKeys: 1,
        noNullPrototype: true,
      }),
    }),
    { minLength: 1, maxLength: 12 },
  )
  .map(made => {
    const lastByWriter = new Map<string, { number: number; stamp: number }>()
    return made.map(({ writer, clock, edits }, place) => {
      const last = lastByWriter.get(writer) ?? { number: 0, stamp: 0 }
      const next = { number: last.number + 1, stamp: effectiveStamp(stampFromMs(clock), place >> 2, last.stamp) }
      lastByWriter.set(writer, next)
      return { writer, ...next, edits }
    })
  })

describe('registers', () => {
  it('[C-ROW-2] any order and any repeat of the same edits make the same row', () => {
    const history = madeEdits.chain(made =>
      fc.record({
        made: fc.constant(made),
        order: fc.shuffledSubarray([...made, ...made], { minLength: made.length }),
      }),
    )
    fc.assert(
      fc.property(history, ({ made, order }) => {
        // Every edit is in it at least once; what came before may come again.
        const all = [...order, ...made.filter(edit => !order.includes(edit))]
        expect(withoutSeqs(merged(start(), all))).toEqual(withoutSeqs(merged(start(), made)))
      }),
      { numRuns: 1_000 },
    )
  })

  it('[C-ROW-2] each field has the value with the greatest stamp, writer and number, and the row its last author', () => {
    const isLater = (a: MadeEdit, b: MadeEdit) =>
      a.stamp !== b.stamp ? a.stamp > b.stamp : a.writer !== b.writer ? a.writer > b.writer : a.number >= b.number
    fc.assert(
      fc.property(madeEdits, made => {
        const { values } = merged(start({ title: '', status: '' }), made)
        for (const field of registers) {
          const own = made.filter(({ edits }) => field in edits)
          const winner = own.find(edit => own.every(other => isLater(edit, other)))
          const edit = winner?.edits[field]
          expect(values[field]).toEqual(edit?.kind === 'set' ? edit.value : '')
        }
        const last = made.find(edit => made.every(other => isLater(edit, other))) as MadeEdit
        const insertedByAlice = { stamp: 0, writer: 'alice-phone', number: 1, edits: {} }
        const author = isLater(last, insertedByAlice) ? last : insertedByAlice
        expect(values).toMatchObject({ $updatedAt: msOfStamp(author.stamp), $updatedBy: userOf(author.writer) })
      }),
      { numRuns: 1_000 },
    )
  })

  it('[C-ROW-2] an edit made offline and sent late loses to a later one, and keeps the fields that nobody touched since', () => {
    const state = merged(start(), [
      { writer: 'bob', stamp: stampFromMs(20), edits: { status: set('done') } },
      { writer: 'alice-tab', stamp: stampFromMs(10), edits: { status: set('doing'), title: set('from the train') } },
    ])
    expect(state.values).toMatchObject({ status: 'done', title: 'from the train', $updatedAt: 20, $updatedBy: 'bob' })
  })

  it('[C-ROW-2] an edit that loses everywhere changes nothing', () => {
    const before = merged(start(), [{ writer: 'bob', stamp: stampFromMs(20), edits: { status: set('done') } }])
    const lost = mergeEdits(before, { status: set('doing') }, origin({ seq: 9, stamp: stampFromMs(10) }))
    expect(lost).toEqual({ state: before, fields: [] })
    expect(lost.state).toBe(before)
  })

  it('[C-ROW-2] of two edits of one mutation the second stands', () => {
    const mutation = { writer: 'bob', stamp: 5, number: 3 }
    const state = merged(start(), [
      { ...mutation, edits: { status: set('doing') } },
      { ...mutation, edits: { status: set('done') } },
    ])
    expect(state.values.status).toBe('done')
  })

  it('[C-ROW-3] what decides stands over any stamp, and nothing made before it undoes it', () => {
    const ahead = stampFromMs(100)
    const decided = merged(start(), [
      { writer: 'carol', stamp: ahead, edits: { status: set('reserved') } },
      { writer: 'bob', stamp: stampFromMs(50), decides: true, edits: { status: set('sold') } },
    ])
    expect(decided.values).toMatchObject({ status: 'sold', $updatedBy: 'bob', $updatedAt: 100 })
    const earlier = { status: set('free') }
    const late = mergeEdits(decided, earlier, origin({ seq: 9, stamp: ahead - 1, writer: 'carol', number: 9 }))
    expect(late.state.values.status).toBe('sold')
    expect((late.state.marks.status as Register)[1]).toBe(ahead)
  })
})

describe('counters', () => {
  it('[C-ROW-4] a counter is its start and the sum of all increments, in any order', () => {
    const increments = fc.array(fc.integer({ min: -(2 ** 40), max: 2 ** 40 }), { maxLength: 30 })
    fc.assert(
      fc.property(fc.nat(), increments, (votes, bys) => {
        const edits = bys.map((by, place) => ({
          writer: writers[place % 4] as string,
          stamp: place % 3,
          edits: { votes: { kind: 'increment', by } as const },
        }))
        const sum = bys.reduce((total, by) => total + by, votes)
        expect(merged(start({ votes }), edits).values.votes).toBe(sum)
        expect(merged(start({ votes }), edits.toReversed()).values.votes).toBe(sum)
      }),
    )
  })

  it('[C-ROW-4] a counter that the row does not have yet counts from zero, and an increment by 0 changes nothing', () => {
    const state = start({ title: '' })
    expect(merged(state, [{ edits: { votes: { kind: 'increment', by: 2 } } }]).values.votes).toBe(2)
    expect(mergeEdits(state, { votes: { kind: 'increment', by: 0 } }, origin({ seq: 2 })).fields).toEqual([])
  })
})

describe('sets', () => {
  const labels = (...edits: (Partial<EditOrigin> & { edits: FieldEdits })[]) => merged(start(), edits).values.labels

  it('[C-ROW-5] an addition that a remover had not seen survives', () => {
    const bobAdds = { writer: 'bob', edits: add('urgent') }
    expect(labels(bobAdds, { writer: 'carol', seen: 1, edits: remove('urgent') })).toEqual(['urgent'])
    expect(labels(bobAdds, { writer: 'carol', seen: 1, edits: replace('idea') })).toEqual(['idea', 'urgent'])
  })

  it('[C-ROW-5] an addition that a remover had seen goes, and one of its own replica goes unseen', () => {
    const bobAdds = { writer: 'bob', edits: add('urgent') }
    expect(labels(bobAdds, { writer: 'carol', seen: 2, edits: remove('urgent') })).toEqual([])
    expect(labels(bobAdds, { writer: 'bob', seen: 0, edits: remove('urgent') })).toEqual([])
    expect(labels(bobAdds, { writer: 'bob', seen: 0, edits: replace() })).toEqual([])
  })

  it('[C-ROW-5] an element that is added again is held by its latest addition', () => {
    const twice = [
      { writer: 'bob', edits: add('urgent') },
      { writer: 'carol', edits: add('urgent') },
    ]
    expect(labels(...twice, { writer: 'alice-tab', seen: 2, edits: remove('urgent') })).toEqual(['urgent'])
    expect(labels(...twice, { writer: 'alice-tab', seen: 3, edits: remove('urgent') })).toEqual([])
  })

  it('[C-ROW-5] a set is its elements whose latest addition no removal had seen, through any history', () => {
    const element = fc.constantFrom<Scalar>('a', 'b', 1, '1', true, null)
    const elements = fc.uniqueArray(element, { maxLength: 3 })
    const edit: fc.Arbitrary<FieldEdits> = fc.oneof(
      fc.tuple(elements, elements).map(([added, removed]): FieldEdits => {
        const others = removed.filter(each => !added.includes(each))
        return { labels: { kind: 'elements', add: added, remove: others } }
      }),
      elements.map(each => replace(...each)),
    )
    const step = fc.record({ writer: fc.constantFrom(...writers), behind: fc.nat({ max: 6 }), edit })
    fc.assert(
      fc.property(fc.array(step, { maxLength: 25, size: 'max' }), steps => {
        let state = start()
        /** Every addition and removal there was, oldest first. */
        const log: { seq: number; writer: string; seen: number; element: Scalar; kind: 'add' | 'remove' }[] = []
        for (const [place, { writer, behind, edit }] of steps.entries()) {
          const seq = place + 2
          const seen = Math.max(0, seq - 1 - behind)
          state = mergeEdits(state, edit, origin({ seq, writer, seen })).state
          const labels = edit.labels as Exclude<FieldEdit, { kind: 'set' | 'increment' }>
          const added = labels.kind === 'elements' ? labels.add : labels.elements
          const removed = (['a', 'b', 1, '1', true, null] as const).filter(each =>
            labels.kind === 'elements' ? labels.remove.includes(each) : !labels.elements.includes(each),
          )
          for (const element of removed) log.push({ seq, writer, seen, element, kind: 'remove' })
          for (const element of added) log.push({ seq, writer, seen, element, kind: 'add' })
        }
        const present = (['a', 'b', 1, '1', true, null] as const).filter(each => {
          const own = log.filter(({ element }) => element === each)
          const latest = own.findLast(({ kind }) => kind === 'add')
          if (latest === undefined) return false
          const after = own.slice(own.indexOf(latest) + 1)
          return !after.some(({ seen, writer }) => latest.seq <= seen || latest.writer === writer)
        })
        expect(state.values.labels).toEqual(sortElements([...present]))
        expect(Object.keys((state.marks.labels as readonly [number, object])[1])).toHaveLength(present.length)
      }),
      { numRuns: 1_000 },
    )
  })

  it('[C-ROW-5] removing what is not there changes nothing', () => {
    const state = start()
    expect(mergeEdits(state, remove('urgent'), origin({ seq: 2 }))).toEqual({ state, fields: [] })
    expect(mergeEdits(state, replace(), origin({ seq: 2 }))).toEqual({ state, fields: [] })
  })
})

describe('a record', () => {
  it('[C-ROW-6] begins with its values and who made it, and ends as a tombstone', () => {
    const inserted = insertRecord({ title: 'a', labels: ['x'] }, kindOf, origin({ seq: 4, stamp: stampFromMs(7) }))
    expect(inserted.values).toEqual({
      title: 'a',
      labels: ['x'],
      $createdAt: 7,
      $createdBy: 'alice',
      $updatedAt: 7,
      $updatedBy: 'alice',
    })
    expect(queryRowOf('r1', inserted.values)).toEqual({ ...inserted.values, id: 'r1' })
    expect(inserted).toMatchObject({ seq: 4, removed: false })
    expect(removeRecord(5)).toEqual({ seq: 5, values: {}, marks: {}, removed: true })
  })

  it('[C-ROW-6] knows which fields changed after a cursor', () => {
    const state = merged(start(), [
      { edits: { title: set('a') } },
      { edits: { votes: { kind: 'increment', by: 1 } } },
      { edits: add('x') },
    ])
    expect(fieldsAfter(state, 0).sort()).toEqual(['labels', 'status', 'title', 'votes'])
    expect(fieldsAfter(state, 1).sort()).toEqual(['labels', 'title', 'votes'])
    expect(fieldsAfter(state, 3)).toEqual(['labels'])
    expect(fieldsAfter(state, state.seq)).toEqual([])
  })

  it('[C-ROW-6] a merge touches neither the state nor the edits it is given', () => {
    const state = freeze(start({ title: '', votes: 1, labels: ['a'] }))
    const edits = freeze({
      title: set({ deep: [1] }),
      votes: { kind: 'increment', by: 1 },
      ...replace('b', 'a'),
    } as const)
    mergeEdits(state, edits, freeze(origin({ seq: 2 })))
    editValues(state.values, edits, 1, 'bob')
  })

  it('[P3, C-ROW-7] is under 1 KB after a million sets by two alternating writers, and as large as after a thousand', () => {
    const names = Array.from({ length: 8 }, (_, n) => `field${n}`)
    const writer = (n: number) => `V1StGXR8Z5jdHi6BmyTwr${n}`
    const states = [0, 1].map(n =>
      Array.from({ length: 10 }, (_, value) => ({ kind: 'set', value: `value ${n}${value}` }) as const),
    )
    let state = insertRecord(Object.fromEntries(names.map(name => [name, 'value 00'])), kindOf, edit(1_000_000))
    let early = 0
    for (let n = 0; n < 1_000_000; n++) {
      const field = names[n % 8] as string
      state = mergeEdits(state, { [field]: states[n % 2]?.[n % 10] as FieldEdit }, edit(1_000_001 + n)).state
      if (n === 1_000) early = bytesOf(state)
    }
    expect(bytesOf(state)).toBeLessThanOrEqual(1_024)
    expect(bytesOf(state)).toBe(early)

    function edit(seq: number): EditOrigin {
      const at = { seq, stamp: stampFromMs(1_784_000_000_000 + seq), number: seq, seen: seq - 1 }
      return { ...at, writer: writer(seq % 2), userId: seq % 2 === 0 ? 'alice' : 'carol' }
    }
  }, 120_000)

  it('[P3, C-ROW-7] keeps nothing of 5,000 editing replicas, 10,000 voters or 1,000 elements that were taken out', () => {
    const base = start({ title: 'a', status: 'b', votes: 0, labels: [] })
    const by = (n: number) => ({ writer: `replica-${100_000 + n}`, seq: 100_000 + n, number: 100_000, userId: 'carol' })
    const stamp = stampFromMs(1_784_000_000_000)
    const from = merged(base, [
      { ...by(0), stamp, edits: { title: set('a'), votes: { kind: 'increment', by: 10_000 }, ...add('kept') } },
    ])
    let state = from
    for (let n = 1; n <= 5_000; n++)
      state = mergeEdits(state, { title: set('a') }, origin({ ...by(n), stamp: stamp + n })).state
    expect(bytesOf(state)).toBe(bytesOf(from))
    for (let n = 1; n <= 10_000; n++) {
      state = mergeEdits(
        state,
        { votes: { kind: 'increment', by: n % 2 === 0 ? 1 : -1 } },
        origin({ ...by(n), stamp: stamp + n }),
      ).state
    }
    expect(bytesOf(state)).toBe(bytesOf(from))
    for (let n = 1; n <= 1_000; n++) {
      state = mergeEdits(state, add(`label ${n}`), origin({ ...by(2 * n), stamp: stamp + n })).state
      state = mergeEdits(
        state,
        remove(`label ${n}`),
        origin({ ...by(2 * n + 1), seen: 100_000 + 2 * n, stamp: stamp + n }),
      ).state
    }
    expect(bytesOf(state)).toBe(bytesOf(from))
  })
})

describe('what a writer sees', () => {
  it("[C-ROW-8] a lone writer's own view of its edits is what the authority makes of them", () => {
    const edit: fc.Arbitrary<FieldEdits> = fc.record(
      {
        title: fc.nat({ max: 3 }).map(set),
        votes: fc.integer({ min: -3, max: 3 }).map(by => ({ kind: 'increment', by }) as const),
        labels: fc.oneof(
          fc
            .tuple(elementsOf(), elementsOf())
            .map(
              ([added, removed]) =>
                ({ kind: 'elements', add: added, remove: removed.filter(each => !added.includes(each)) }) as const,
            ),
          elementsOf().map(elements => ({ kind: 'replaceElements', elements }) as const),
        ),
      },
      { requiredKeys: [], noNullPrototype: true },
    )
    const step = fc.record({ edit, later: fc.nat({ max: 3_000 }) })
    fc.assert(
      fc.property(fc.array(step, { maxLength: 15 }), steps => {
        let state = start()
        let seen = state.values
        let stamp = 0
        for (const [place, { edit, later }] of steps.entries()) {
          stamp += later
          state = mergeEdits(state, edit, origin({ seq: place + 2, stamp, number: place + 2 })).state
          seen = editValues(seen, edit, msOfStamp(stamp), 'alice')
          expect(seen).toEqual(state.values)
        }
      }),
      { numRuns: 1_000 },
    )
  })

  it('[C-ROW-8] the author shown is the one of the time shown', () => {
    const values = { title: 'a', $updatedAt: 20, $updatedBy: 'bob' }
    const edits = { title: set('b') }
    expect(editValues(values, edits, 10, 'alice')).toEqual({ title: 'b', $updatedAt: 20, $updatedBy: 'bob' })
    expect(editValues(values, edits, 20, 'alice')).toEqual({ title: 'b', $updatedAt: 20, $updatedBy: 'alice' })
    expect(editValues(values, {}, 30, 'alice')).toBe(values)
  })
})

function elementsOf(): fc.Arbitrary<Scalar[]> {
  return fc.uniqueArray(fc.constantFrom<Scalar>('a', 'b', 1, '1', true), { maxLength: 3 })
}

/** A row as the store keeps it. */
function bytesOf({ values, marks }: RecordState): number {
  return new TextEncoder().encode(JSON.stringify(values) + JSON.stringify(marks)).length
}

function freeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null) {
    Object.freeze(value)
    for (const member of Object.values(value)) freeze(member)
  }
  return value
}
