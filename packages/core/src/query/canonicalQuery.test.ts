import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { andWhere, type Condition } from './Condition.js'
import { canonicalQuery, canonicalWhere } from './canonicalQuery.js'
import { matches } from './matches.js'
import { parseQuery } from './parseQuery.js'
import { parseWhere } from './parseWhere.js'
import { queryHash } from './queryHash.js'
import { splitEquality } from './splitEquality.js'
import { queryArbitrary, rowArbitrary, testFields, whereArbitrary } from './testing/arbitraries.js'
import type { WrittenWhere } from './testing/naiveList.js'

const condition = whereArbitrary.map(where => parseWhere(where, testFields))
const rows = fc.array(rowArbitrary, { minLength: 1, maxLength: 5 })
const canonical = (where: WrittenWhere) => canonicalWhere(parseWhere(where))
const idOnly = [{ field: 'id', descending: false }]

describe('canonicalWhere', () => {
  it.each([
    ['order of fields', { a: 1, b: 2 }, { b: 2, a: 1 }],
    ['nested groups', { and: [{ a: 1 }, { and: [{ b: 2 }, { c: 3 }] }] }, { c: 3, b: 2, a: 1 }],
    ['repeats', { or: [{ a: 1 }, { b: { gt: 2 } }, { b: { gt: 2 } }] }, { or: [{ b: { gt: 2 } }, { a: 1 }] }],
    ['order and repeats of values', { a: { in: [2, 'x', 1, 2] } }, { a: { in: [1, 2, 'x'] } }],
    ['in of one value', { a: { in: [1] } }, { a: 1 }],
    ['notIn of one value', { a: { notIn: [1, 1] } }, { a: { ne: 1 } }],
    ['or of values of one field', { or: [{ a: 1 }, { a: { in: [2, 3] } }] }, { a: { in: [1, 2, 3] } }],
    ['and of values of one field', { and: [{ a: { in: [1, 2] } }, { a: { in: [2, 3] } }] }, { a: 2 }],
    ['contradiction', { and: [{ a: 1 }, { a: 2 }, { b: 1 }] }, { or: [] }],
    ['and of excluded values', { and: [{ a: { ne: 1 } }, { a: { ne: 2 } }] }, { a: { notIn: [1, 2] } }],
    ['double negation', { not: { not: { a: { gt: 1 } } } }, { a: { gt: 1 } }],
    ['negated equality', { not: { a: 1 } }, { a: { ne: 1 } }],
    ['constants', { and: [{}, { a: 1 }, { not: { or: [] } }] }, { a: 1 }],
    ['case of contains', { a: { contains: 'SÝNC' } }, { a: { contains: 'sýnc' } }],
  ])('gives one form whatever the %s', (_name, first, second) => {
    expect(canonical(first)).toEqual(canonical(second))
    expect(queryHash('tasks', parseWhere(first), idOnly)).toBe(queryHash('tasks', parseWhere(second), idOnly))
  })

  it('does not turn a negated range round: it also matches other types', () => {
    expect(canonical({ not: { a: { gt: 1 } } })).not.toEqual(canonical({ a: { lte: 1 } }))
  })

  it('matches exactly the same rows', () => {
    fc.assert(
      fc.property(condition, rows, (where, each) => {
        for (const row of each) expect(matches(canonicalWhere(where), row)).toBe(matches(where, row))
      }),
      { numRuns: 3_000 },
    )
  })

  it('is its own canonical form', () => {
    fc.assert(
      fc.property(queryArbitrary, query => {
        const once = canonicalQuery(parseQuery(query, testFields))
        expect(canonicalQuery(once)).toEqual(once)
      }),
    )
  })

  it('does not depend on the order in which members are written', () => {
    const reversed = (each: Condition): Condition => {
      if (each.op === 'and' || each.op === 'or') return { op: each.op, of: each.of.map(reversed).reverse() }
      if (each.op === 'in' || each.op === 'notIn') return { ...each, values: [...each.values].reverse() }
      return each.op === 'not' ? { op: 'not', of: reversed(each.of) } : each
    }
    fc.assert(
      fc.property(condition, where => {
        expect(canonicalWhere(reversed(where))).toEqual(canonicalWhere(where))
      }),
    )
  })
})

describe('andWhere', () => {
  it('matches what both match', () => {
    fc.assert(
      fc.property(condition, condition, rows, (a, b, each) => {
        for (const row of each) expect(matches(andWhere(a, b), row)).toBe(matches(a, row) && matches(b, row))
      }),
    )
  })
})

describe('queryHash', () => {
  it('never changes: replicas keep it beside their cursors', () => {
    const { where, orderBy } = parseQuery({ where: { status: 'todo', votes: { gte: 3 } }, orderBy: '-votes' })
    expect(queryHash('tasks', where, orderBy)).toBe('1ab2b7e968df61ce')
  })

  it('tells collection, condition and order apart, but not the limit', () => {
    const hashOf = (collection: string, query: object) => {
      const { where, orderBy } = parseQuery(query)
      return queryHash(collection, where, orderBy)
    }
    const hashes = [
      hashOf('tasks', {}),
      hashOf('notes', {}),
      hashOf('tasks', { orderBy: '-id' }),
      hashOf('tasks', { where: { a: 1 } }),
      hashOf('tasks', { where: { a: '1' } }),
      hashOf('tasks', { where: { a: true } }),
    ]
    expect(new Set(hashes).size).toBe(hashes.length)
    expect(hashOf('tasks', { limit: 5 })).toBe(hashes[0])
    expect(hashes.every(hash => /^[0-9a-f]{16}$/.test(hash))).toBe(true)
  })
})

describe('splitEquality', () => {
  const split = (where: WrittenWhere) => {
    const { equality, rest } = splitEquality(parseWhere(where))
    return [Object.fromEntries(equality), rest]
  }

  it('takes equalities and short value lists at the top', () => {
    expect(split({ a: 1, b: { in: [null, 2] }, c: { gt: 1 } })).toEqual([
      { a: [1], b: [null, 2] },
      { op: 'gt', field: 'c', value: 1 },
    ])
    expect(split({ and: [{ a: 1 }, { and: [{ b: 'x' }] }] })).toEqual([{ a: [1], b: ['x'] }, { op: 'true' }])
    expect(split({ or: [{ a: 1 }, { a: 2 }] })).toEqual([{ a: [1, 2] }, { op: 'true' }])
  })

  it('leaves alternatives, exclusions and long value lists', () => {
    for (const where of [
      { or: [{ a: 1 }, { b: 2 }] },
      { a: { ne: 1 } },
      { a: { in: Array.from({ length: 17 }, (_, n) => n) } },
    ]) {
      expect(split(where)[0]).toEqual({})
    }
  })

  it('[G8] means the same as the condition', () => {
    fc.assert(
      fc.property(condition, rows, (where, each) => {
        const { equality, rest } = splitEquality(where)
        for (const row of each) {
          const passes = [...equality].every(([field, values]) => matches({ op: 'in', field, values }, row))
          expect(passes && matches(rest, row)).toBe(matches(where, row))
        }
      }),
      { numRuns: 2_000 },
    )
  })
})
