import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { compileMatcher } from './compileMatcher.js'
import { matches } from './matches.js'
import { parseWhere } from './parseWhere.js'
import type { QueryRow } from './QueryRow.js'
import { rowArbitrary, testFields, whereArbitrary } from './testing/arbitraries.js'
import { naiveMatches } from './testing/naiveList.js'

const row: QueryRow = {
  id: 'r1',
  title: 'Straße nach ΆΘΗΝΑ 😀',
  status: 'todo',
  assignee: null,
  votes: 3,
  done: false,
  labels: ['bug', 'idea'],
  mixed: { deep: 1 },
}

describe('matches', () => {
  it.each([
    ['equality is by type and value', { votes: 3, done: false }, true],
    ['1 is not true and "3" is not 3', { or: [{ done: 0 }, { votes: '3' }] }, false],
    ['ne matches null', { assignee: { ne: 'alice' } }, true],
    ['ne null does not match null', { assignee: { ne: null } }, false],
    ['notIn matches null', { assignee: { notIn: ['alice', 'bob'] } }, true],
    ['notIn with null does not match null', { assignee: { notIn: ['alice', null] } }, false],
    ['in with null matches null', { assignee: { in: ['alice', null] } }, true],
    ['in nothing matches nothing', { status: { in: [] } }, false],
    ['notIn nothing matches everything', { status: { notIn: [] } }, true],
    ['a missing field is null', { missing: null }, true],
    ['an inherited name is a missing field', { constructor: null }, true],
    ['an object reads as null', { mixed: null }, true],
    ['ranges never match null', { or: [{ assignee: { lt: 'z' } }, { assignee: { gte: '' } }] }, false],
    ['not of a range matches null', { not: { assignee: { lt: 'z' } } }, true],
    ['ranges match only the type of the operand', { or: [{ votes: { lt: 'z' } }, { title: { gt: 0 } }] }, false],
    ['gt and lt leave the bound out', { or: [{ votes: { gt: 3 } }, { votes: { lt: 3 } }] }, false],
    ['gte and lte hold the bound', { votes: { gte: 3, lte: 3 } }, true],
    ['startsWith is exact', { title: { startsWith: 'Straße' } }, true],
    ['startsWith does not ignore case', { title: { startsWith: 'straße' } }, false],
    ['contains ignores case, Greek and accents too', { title: { contains: 'NACH άθηνα' } }, true],
    ['contains does not ignore accents', { title: { contains: 'αθηνα' } }, false],
    ['contains does not make ß of SS', { title: { contains: 'STRASSE' } }, false],
    ['contains matches astral characters', { title: { contains: '😀' } }, true],
    ['every string contains nothing', { status: { contains: '' }, id: { startsWith: '' } }, true],
    ['a number contains nothing', { votes: { contains: '' } }, false],
    ['has an element', { labels: { has: 'bug' } }, true],
    ['has no other element', { labels: { has: 'Bug' } }, false],
    ['a scalar has nothing', { status: { has: 'todo' } }, false],
  ])('%s', (_name, where, expected) => {
    const condition = parseWhere(where)
    expect([matches(condition, row), compileMatcher(condition)(row)]).toEqual([expected, expected])
  })

  it('is what the naive evaluator says, compiled or not', () => {
    fc.assert(
      fc.property(whereArbitrary, fc.array(rowArbitrary, { minLength: 1, maxLength: 5 }), (where, rows) => {
        const condition = parseWhere(where, testFields)
        const matcher = compileMatcher(condition)
        for (const each of rows) {
          const expected = naiveMatches(where, each)
          expect([matches(condition, each), matcher(each)]).toEqual([expected, expected])
        }
      }),
      { numRuns: 3_000 },
    )
  })
})
