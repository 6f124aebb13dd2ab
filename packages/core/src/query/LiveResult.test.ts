import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { LiveResult, type ResultChange } from './LiveResult.js'
import { parseQuery } from './parseQuery.js'
import type { QueryRow } from './QueryRow.js'
import { isWithin, sortKeyOf } from './sortKey.js'
import { queryArbitrary, rowArbitrary, rowsArbitrary, testFields } from './testing/arbitraries.js'
import { naiveList } from './testing/naiveList.js'

const put = (row: QueryRow): ResultChange => ({ id: row.id as string, after: row })
const gone = (id: string): ResultChange => ({ id, after: undefined })
const rank = (id: string, rank: number, more: object = {}): QueryRow => ({ id, rank, ...more })
const byRank = parseQuery({ where: { hidden: { ne: true } }, orderBy: 'rank' })

function liveByRank(...rows: QueryRow[]): LiveResult {
  const live = new LiveResult(byRank)
  live.apply(rows.map(put))
  return live
}

describe('LiveResult', () => {
  it('moves a row to its new place', () => {
    const live = liveByRank(rank('a', 1), rank('b', 2), rank('c', 3))
    expect(live.apply([put(rank('a', 2.5))])).toBe(true)
    expect(live.ids).toEqual(['b', 'a', 'c'])
  })

  it('answers the same arrays and rows while nothing changed', () => {
    const live = liveByRank(rank('a', 1), rank('b', 2, { tags: ['x'] }))
    const { rows, ids } = live
    expect(live.apply([put(rank('b', 2, { tags: ['x'] })), gone('c'), put(rank('d', 0, { hidden: true }))])).toBe(false)
    expect([live.rows === rows, live.ids === ids]).toEqual([true, true])
  })

  it('changes only the row that changed, and no ids', () => {
    const live = liveByRank(rank('a', 1), rank('b', 2))
    const { rows, ids } = live
    const after = rank('b', 2, { title: 'new' })
    expect(live.apply([put(after)])).toBe(true)
    expect([live.rows[0] === rows[0], live.rows[1] === after, live.ids === ids]).toEqual([true, true, true])
    expect(rows[1]).toEqual(rank('b', 2))
  })

  it('counts the last change of an id in a batch', () => {
    const live = liveByRank(rank('a', 1))
    expect(live.apply([gone('a'), put(rank('a', 1))])).toBe(false)
    expect(live.apply([put(rank('b', 2)), gone('b')])).toBe(false)
  })

  it('does not change for a row beyond its window, but keeps it', () => {
    const live = new LiveResult({ ...byRank, limit: 2 })
    live.apply([rank('a', 1), rank('b', 2)].map(put))
    expect(live.apply([put(rank('c', 3))])).toBe(false)
    expect(live.countWithin).toBe(3)
    expect(live.moveWindow({ bound: null, limit: 3 })).toBe(true)
    expect(live.ids).toEqual(['a', 'b', 'c'])
    expect(live.moveWindow({ bound: [2, 'b'], limit: 3 })).toBe(true)
    expect([live.ids, live.countWithin]).toEqual([['a', 'b'], 2])
  })

  it('[G14] equals the naive list after every batch of a random history', () => {
    const change = fc.oneof(
      { arbitrary: rowArbitrary.map(put), weight: 5 },
      { arbitrary: rowArbitrary.map(row => gone(row.id as string)), weight: 2 },
    )
    const window = fc.record({
      limit: fc.option(fc.integer({ min: 1, max: 8 })),
      boundRow: fc.option(rowArbitrary),
    })
    const batch = fc.oneof(
      { arbitrary: fc.array(change, { minLength: 1, maxLength: 4 }), weight: 6 },
      { arbitrary: rowsArbitrary(20, 40).map(rows => rows.map(put)), weight: 1 },
      { arbitrary: window, weight: 1 },
    )
    fc.assert(
      fc.property(queryArbitrary, fc.array(batch, { maxLength: 12 }), (written, batches) => {
        const query = parseQuery(written, testFields)
        const live = new LiveResult(query)
        const rowById = new Map<string, QueryRow>()
        for (const each of batches) {
          const before = live.rows
          const content = [...before]
          const changed = Array.isArray(each) ? live.apply(each) : live.moveWindow(windowOf(each))
          for (const { id, after } of Array.isArray(each) ? each : []) {
            if (after) rowById.set(id, after)
            else rowById.delete(id)
          }

          const { bound, limit } = live.window
          const all = naiveList([...rowById.values()], { ...written, limit: rowById.size })
          const within = all.filter(row => isWithin(query.orderBy, bound, sortKeyOf(query.orderBy, row)))
          expect(live.rows).toEqual(within.slice(0, limit ?? within.length))
          expect(live.ids).toEqual(live.rows.map(row => row.id))
          expect(live.countWithin).toBe(within.length)
          expect(before).toEqual(content)
          const same = live.rows.length === content.length && live.rows.every((row, index) => row === content[index])
          expect([changed, live.rows === before]).toEqual([!same, same])
        }

        function windowOf(moved: { limit: number | null; boundRow: QueryRow | null }) {
          return { limit: moved.limit, bound: moved.boundRow && sortKeyOf(query.orderBy, moved.boundRow) }
        }
      }),
      { numRuns: 500 },
    )
  })
})
