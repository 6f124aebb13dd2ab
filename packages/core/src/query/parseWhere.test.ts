import { describe, expect, it } from 'vitest'
import { isTidemarkError } from '../error/TidemarkError.js'
import { parseWhere } from './parseWhere.js'
import { testFields } from './testing/arbitraries.js'

const eq = (field: string, value: string | number | boolean | null) => ({ op: 'eq', field, value })
const nested = (depth: number): object => (depth === 1 ? { title: 'a' } : { not: nested(depth - 1) })

describe('parseWhere', () => {
  it.each([
    ['{}', {}, { op: 'true' }],
    ['a value', { status: 'todo' }, eq('status', 'todo')],
    ['null', { assignee: null }, eq('assignee', null)],
    ['two fields', { status: 'todo', votes: 1 }, { op: 'and', of: [eq('status', 'todo'), eq('votes', 1)] }],
    [
      'two operators on one field',
      { votes: { gte: 1, lt: 3 } },
      {
        op: 'and',
        of: [
          { op: 'gte', field: 'votes', value: 1 },
          { op: 'lt', field: 'votes', value: 3 },
        ],
      },
    ],
    ['an operator object without operators', { votes: {} }, { op: 'true' }],
    ['empty and', { and: [] }, { op: 'true' }],
    ['empty or', { or: [] }, { op: 'false' }],
    ['or', { or: [{ done: true }, { votes: 2 }] }, { op: 'or', of: [eq('done', true), eq('votes', 2)] }],
    ['not', { not: { done: true } }, { op: 'not', of: eq('done', true) }],
    ['in with null', { assignee: { in: ['ann', null] } }, { op: 'in', field: 'assignee', values: ['ann', null] }],
    ['has', { labels: { has: 'bug' } }, { op: 'has', field: 'labels', value: 'bug' }],
    ['metadata', { $createdBy: 'ann', id: 'x' }, { op: 'and', of: [eq('$createdBy', 'ann'), eq('id', 'x')] }],
    ['a where nested 16 deep', nested(16), expect.anything()],
  ])('reads %s', (_name, where, condition) => {
    expect(parseWhere(where, testFields)).toEqual(condition)
  })

  const refused: [name: string, where: unknown, path: string][] = [
    ['an undefined value', { assignee: undefined }, 'where.assignee'],
    ['an undefined operand', { votes: { gt: undefined } }, 'where.votes.gt'],
    ['undefined among in', { votes: { in: [1, undefined] } }, 'where.votes.in.1'],
    ['a hole among in', { votes: { in: new Array(1) } }, 'where.votes.in.0'],
    ['an undefined group', { and: undefined }, 'where.and'],
    ['undefined in a group', { or: [undefined] }, 'where.or.0'],
    ['no object', null, 'where'],
    ['an array', [], 'where'],
    ['an array as value', { status: ['todo'] }, 'where.status'],
    ['a Date as value', { votes: new Date(0) }, 'where.votes'],
    ['an object as operand', { status: { ne: {} } }, 'where.status.ne'],
    ['an unknown operator', { status: { like: 'a' } }, 'where.status.like'],
    ['eq, which is written as the value', { status: { eq: 'a' } }, 'where.status.eq'],
    ['an inherited operator name', { status: { constructor: 'a' } }, 'where.status.constructor'],
    ['an unknown field', { stock: 1 }, 'where.stock'],
    ['an inherited field name', { constructor: 1 }, 'where.constructor'],
    ['__proto__', JSON.parse('{"__proto__":{"ne":1}}'), 'where.__proto__'],
    ['$pending', { $pending: true }, 'where.$pending'],
    ['a range over booleans', { done: { gt: false } }, 'where.done.gt'],
    ['a range over null', { votes: { lt: null } }, 'where.votes.lt'],
    ['a string operator on a number', { votes: { contains: 1 } }, 'where.votes.contains'],
    ['a scalar operator on a set', { labels: { ne: 'bug' } }, 'where.labels.ne'],
    ['a value for a set', { labels: 'bug' }, 'where.labels'],
    ['has on a scalar', { title: { has: 'bug' } }, 'where.title.has'],
    ['NaN', { votes: Number.NaN }, 'where.votes'],
    ['−0', { votes: { gt: -0 } }, 'where.votes.gt'],
    ['a lone surrogate', { title: { contains: '\ud83d' } }, 'where.title.contains'],
    ['U+0000', { title: 'a\0' }, 'where.title'],
    ['an or that is no array', { or: {} }, 'where.or'],
    ['an in that is no array', { votes: { in: 1 } }, 'where.votes.in'],
    ['nesting of 17', nested(17), `where.${'not.'.repeat(15)}not`],
    ['1,001 values', { votes: { in: new Array(1_001).fill(1) } }, 'where.votes.in'],
    ['501 conditions', { or: new Array(250).fill({ votes: 1 }) }, 'where.or.249.votes'],
  ]
  it.each(refused)('refuses %s as INVALID and says where', (_name, where, path) => {
    let thrown: unknown
    try {
      parseWhere(where, testFields)
    } catch (error) {
      thrown = error
    }
    if (!isTidemarkError(thrown)) throw thrown ?? new Error('accepted')
    expect([thrown.code, thrown.issues?.[0]?.path?.join('.')]).toEqual(['INVALID', path])
  })

  it('refuses unnameable fields even without a schema', () => {
    expect(() => parseWhere({ anything: 1, labels: { has: 1 } })).not.toThrow()
    for (const name of ['$pending', '$x', '__proto__', '']) {
      expect(() => parseWhere(JSON.parse(`{"${name}":1}`))).toThrow('names no field')
    }
  })
})
