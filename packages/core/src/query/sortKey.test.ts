import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseQuery } from './parseQuery.js'
import { compareRows, compareSortKeys, isWithin, sortKeyOf } from './sortKey.js'
import { queryArbitrary, rowsArbitrary, testFields } from './testing/arbitraries.js'
import { naiveList } from './testing/naiveList.js'

describe('compareRows', () => {
  it('sorts as the naive list, and sort keys compare as their rows', () => {
    fc.assert(
      fc.property(queryArbitrary, rowsArbitrary(), ({ orderBy = [] }, rows) => {
        const terms = parseQuery({ orderBy }, testFields).orderBy
        expect([...rows].sort(compareRows(terms))).toEqual(naiveList(rows, { orderBy }))
        for (const a of rows)
          for (const b of rows) {
            const byKey = compareSortKeys(terms, sortKeyOf(terms, a), sortKeyOf(terms, b))
            expect(Math.sign(byKey)).toBe(Math.sign(compareRows(terms)(a, b)))
            expect(byKey === 0).toBe(a.id === b.id)
          }
      }),
    )
  })

  it('puts null first, and last when descending; a missing field is null', () => {
    const rows = [{ id: 'a', votes: 0 }, { id: 'b', votes: null }, { id: 'c' }, { id: 'd', votes: false }]
    const idsBy = (orderBy: string) =>
      rows
        .toSorted(compareRows(parseQuery({ orderBy }).orderBy))
        .map(row => row.id)
        .join('')
    expect([idsBy('votes'), idsBy('-votes')]).toEqual(['bcda', 'adbc'])
  })
})

describe('isWithin', () => {
  it('holds the bound itself, and everything where there is none', () => {
    const { orderBy } = parseQuery({ orderBy: '-votes' })
    const within = (votes: number, id: string) => isWithin(orderBy, [5, 'm'], [votes, id])
    expect([within(6, 'z'), within(5, 'm'), within(5, 'n'), within(4, 'a')]).toEqual([true, true, false, false])
    expect(isWithin(orderBy, null, [null, 'z'])).toBe(true)
  })
})
