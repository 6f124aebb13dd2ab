import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { TidemarkError } from '../error/TidemarkError.js'
import { seats, tasks, tickets, vtasks } from '../typetests/fixture.js'
import { type AnyCollection, collection } from './Collection.js'
import { modelOf } from './CollectionModel.js'
import { checkInsert } from './checkInsert.js'
import { set } from './Field.js'

const client = { decided: false }
const command = { decided: true }
const task = { title: 'a', rank: 'r' }
const defaults = { status: 'todo', assignee: null, dueAt: null, meta: { color: 'red', tags: [] }, votes: 0, labels: [] }

const insert = (c: AnyCollection, row: unknown, rights = client) => checkInsert(modelOf(c), row, rights)

function issuesOf(c: AnyCollection, row: unknown, rights = client): string[] {
  try {
    insert(c, row, rights)
  } catch (error) {
    if (!(error instanceof TidemarkError)) throw error
    expect(error.code).toBe('INVALID')
    return (error.issues ?? []).map(({ path, message }) => `${path?.join('.')}: ${message}`)
  }
  return []
}

describe('an insert', () => {
  it('[C-SCHEMA-4] brings every field, with defaults for what is left out', () => {
    expect(insert(tasks, task)).toEqual({ values: { ...defaults, ...task }, texts: {} })
    expect(insert(tasks, { ...task, status: undefined, id: undefined })).toEqual(insert(tasks, task))
  })

  it('[C-SCHEMA-4] without a value that has no default is INVALID in the words of the validator', () => {
    expect(issuesOf(tasks, { title: 'a' })).toEqual([expect.stringMatching(/^rank: .*expected string/)])
    expect(issuesOf(vtasks, {})).toEqual([expect.stringMatching(/^title: .*[Ee]xpected string/)])
  })

  it('[C-SCHEMA-2] stores what the validator puts out', () => {
    expect(insert(tasks, { ...task, title: '  a ' }).values.title).toBe('a')
    expect(insert(vtasks, { title: 'a' }).values).toEqual({ title: 'a', done: false })
  })

  it('[C-SCHEMA-2] holds nothing of the caller: what the caller changes later stays outside', () => {
    const any = collection('x', { a: z.custom<{ deep: { n: number } }>(() => true) })
    const mine = { deep: { n: 1 } }
    const { values } = insert(any, { a: mine })
    mine.deep.n = 2
    expect(values).toEqual({ a: { deep: { n: 1 } } })
  })

  it('[C-SCHEMA-2] leaves out members that are undefined', () => {
    const loose = collection('x', { a: z.object({ b: z.string().optional(), c: z.number() }) })
    expect(Object.keys(insert(loose, { a: { b: undefined, c: 1 } }).values.a as object)).toEqual(['c'])
  })

  it.each([
    ['NaN', Number.NaN],
    ['an infinity', Number.POSITIVE_INFINITY],
    ['−0', -0],
    ['U+0000', 'a\0b'],
    ['a lone surrogate', 'a\ud800'],
    ['a Date', new Date(0)],
    ['a Map', new Map()],
    ['a bigint', 1n],
    ['a function', () => 1],
    ['a hole', new Array(2)],
    ['a prototype key', JSON.parse('{"__proto__":{"admin":true}}')],
    ['a constructor key', { a: { constructor: 1 } }],
    ['what is nested too deep', JSON.parse('['.repeat(70) + ']'.repeat(70))],
  ])('[C-SCHEMA-2] refuses %s', (_, value) => {
    const any = collection('x', { a: z.custom<string>(() => true) })
    expect(issuesOf(any, { a: value })).toEqual([expect.stringMatching(/^a/)])
    expect(issuesOf(any, { a: [value] })).toEqual([expect.stringMatching(/^a\.0/)])
  })

  it('a validator that throws has refused the value', () => {
    const brittle = collection('x', { a: v.custom<string>(value => (value as { b: { c: string } }).b.c === '') })
    expect(issuesOf(brittle, { a: 'x' })).toEqual([expect.stringMatching(/^a: the validator threw/)])
  })

  it('[C-SCHEMA-3] normalises sets', () => {
    const mixed = collection('x', { a: set(v.union([v.string(), v.number(), v.boolean()])) })
    const a = ['b', '\u{1f600}', '\uffff', 10, 'a', true, 9, 'b', false, 10]
    expect(insert(mixed, { a }).values.a).toEqual([false, true, 9, 10, 'a', 'b', '\uffff', '\u{1f600}'])
    expect(issuesOf(tasks, { ...task, labels: ['a', 4] })).toEqual([expect.stringMatching(/^labels\.1: /)])
    expect(issuesOf(tasks, { ...task, labels: 'a' })).toEqual(['labels: a set is given as an array'])
  })

  it('counts from a number, not beyond what doubles hold exactly', () => {
    expect(insert(tasks, { ...task, votes: -3 }).values.votes).toBe(-3)
    for (const votes of ['3', Number.NaN, -0, 2 ** 53]) {
      expect(issuesOf(tasks, { ...task, votes })).toEqual([expect.stringMatching(/^votes: /)])
    }
  })

  it('keeps start texts apart from the row', () => {
    expect(insert(tasks, { ...task, notes: 'start' }).texts).toEqual({ notes: 'start' })
    expect(issuesOf(tasks, { ...task, notes: 4 })).toEqual(['notes: a text starts as a string'])
    expect(issuesOf(tasks, { ...task, notes: 'a\0' })).toEqual([expect.stringMatching(/^notes: /)])
    expect(issuesOf(tasks, { ...task, body: 'x' })).toEqual([expect.stringMatching(/^body: rich text/)])
  })

  it('[C-SCHEMA-5] of a client leaves decided fields at their default', () => {
    expect(insert(tickets, { event: 'e' }).values).toEqual({ event: 'e', owner: null })
    expect(issuesOf(tickets, { event: 'e', owner: 'alice' })).toEqual([expect.stringMatching(/^owner: .*commands/)])
    expect(issuesOf(seats, { event: 'e' })).toEqual([expect.stringMatching(/^owner: .*in a command/)])
  })

  it('[C-SCHEMA-5] of a command sets decided fields', () => {
    expect(insert(tickets, { event: 'e', owner: 'alice' }, command).values.owner).toBe('alice')
    expect(insert(seats, { event: 'e', owner: 'alice' }, command).values.owner).toBe('alice')
    expect(issuesOf(seats, { event: 'e' }, command)).toEqual([expect.stringMatching(/^owner: /)])
  })

  it('takes an id or leaves it to the caller', () => {
    expect(insert(tasks, { ...task, id: 't1' }).id).toBe('t1')
    expect('id' in insert(tasks, task)).toBe(false)
    expect(issuesOf(tasks, { ...task, id: '' })).toEqual([expect.stringMatching(/^id: /)])
  })

  it('names every issue at once', () => {
    const row = { id: 4, titel: 'a', $createdAt: 1, title: 'a'.repeat(201), rank: 1 }
    expect(issuesOf(tasks, row)).toEqual([
      'titel: there is no such field',
      '$createdAt: set by the engine, not by writes',
      expect.stringMatching(/^id: /),
      expect.stringMatching(/^title: /),
      expect.stringMatching(/^rank: /),
    ])
  })

  it('is a plain object, and what it inherits does not count', () => {
    for (const row of [null, 'x', [], new Date(0), undefined]) expect(issuesOf(tasks, row)).toHaveLength(1)
    expect(issuesOf(vtasks, JSON.parse('{"title":"a","__proto__":{"done":true}}'))).toEqual([
      '__proto__: there is no such field',
    ])
    expect(issuesOf(vtasks, Object.create({ title: 'a' }))).toHaveLength(1)
  })
})

describe('the input schema of a collection', () => {
  const validate = (c: AnyCollection, row: unknown) => c.input['~standard'].validate(row)

  it('gives what can be inserted as it is', () => {
    expect(validate(tasks, { title: ' a ', rank: 'r', notes: 'n', id: 't1' })).toEqual({
      value: { ...defaults, title: 'a', rank: 'r', notes: 'n', id: 't1' },
    })
    expect(validate(tickets, { event: 'e' })).toEqual({ value: { event: 'e' } })
  })

  it('gives issues with paths', () => {
    expect(validate(tasks, { title: 'a', rank: 1 })).toEqual({ issues: [expect.objectContaining({ path: ['rank'] })] })
  })
})
