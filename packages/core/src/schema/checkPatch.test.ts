import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { TidemarkError } from '../error/TidemarkError.js'
import { tasks, tickets } from '../typetests/fixture.js'
import { type AnyCollection, collection } from './Collection.js'
import { modelOf } from './CollectionModel.js'
import { checkPatch } from './checkPatch.js'
import { set } from './Field.js'

const client = { decided: false }
const patch = (c: AnyCollection, given: unknown, rights = client) => checkPatch(modelOf(c), given, rights)

function issuesOf(given: unknown, c: AnyCollection = tasks): string[] {
  try {
    patch(c, given)
  } catch (error) {
    if (!(error instanceof TidemarkError)) throw error
    expect(error.code).toBe('INVALID')
    return (error.issues ?? []).map(({ path, message }) => `${path?.join('.')}: ${message}`)
  }
  return []
}

describe('a patch', () => {
  it('says what happens to each field it names', () => {
    const given = {
      title: ' b ',
      dueAt: null,
      votes: { increment: -2 },
      labels: { add: ['b', 'a', 'b'], remove: ['c'] },
    }
    expect(patch(tasks, given)).toEqual({
      title: { kind: 'set', value: 'b' },
      dueAt: { kind: 'set', value: null },
      votes: { kind: 'increment', by: -2 },
      labels: { kind: 'elements', add: ['a', 'b'], remove: ['c'] },
    })
    expect(patch(tasks, {})).toEqual({})
  })

  it('[C-SCHEMA-3] with an array replaces a set', () => {
    expect(patch(tasks, { labels: ['b', 'a', 'b'] })).toEqual({
      labels: { kind: 'replaceElements', elements: ['a', 'b'] },
    })
  })

  it('adds or removes without the other', () => {
    expect(patch(tasks, { labels: { add: ['a'] } }).labels).toEqual({ kind: 'elements', add: ['a'], remove: [] })
    expect(patch(tasks, { labels: { remove: ['a'] } }).labels).toEqual({ kind: 'elements', add: [], remove: ['a'] })
  })

  it('takes out elements that the validator no longer accepts, and normalises those it does', () => {
    const tagged = collection('x', { tags: set(z.string().trim().max(3)) })
    expect(patch(tagged, { tags: { remove: ['too long', ' a '] } }).tags).toMatchObject({ remove: ['a', 'too long'] })
    expect(issuesOf({ tags: { add: ['too long'] } }, tagged)).toEqual([expect.stringMatching(/^tags\.add\.0: /)])
    expect(issuesOf({ tags: { remove: [{}] } }, tagged)).toEqual([expect.stringMatching(/^tags\.remove\.0: /)])
    expect(issuesOf({ tags: { remove: ['\0\0\0\0'] } }, tagged)).toEqual([expect.stringMatching(/^tags\.remove\.0: /)])
  })

  it('[C-SCHEMA-5] sets decided fields only with the right to', () => {
    expect(patch(tickets, { owner: 'alice' }, { decided: true })).toEqual({ owner: { kind: 'set', value: 'alice' } })
    expect(issuesOf({ owner: 'alice' }, tickets)).toEqual([expect.stringMatching(/^owner: .*commands/)])
  })

  it.each([
    ['undefined', { assignee: undefined }, /^assignee: undefined is no value/],
    ['the id', { id: 't2' }, /^id: an id never changes/],
    ['metadata', { $updatedAt: 1 }, /^\$updatedAt: set by the engine/],
    ['text', { notes: 'x' }, /^notes: text is edited/],
    ['rich text', { body: 'x' }, /^body: text is edited/],
    ['an unknown key', { titel: 'x' }, /^titel: there is no such field/],
    ['a prototype key', JSON.parse('{"__proto__":1}'), /^__proto__: there is no such field/],
    ['a wrong value', { status: 'open' }, /^status: /],
    ['a counter that is set', { votes: 4 }, /^votes: a counter is changed by/],
    ['an increment beside something', { votes: { increment: 1, by: 2 } }, /^votes: a counter is changed by/],
    ['an increment of no number', { votes: { increment: '1' } }, /^votes\.increment: /],
    ['an increment without bound', { votes: { increment: 1e300 } }, /^votes\.increment: /],
    ['an increment by NaN', { votes: { increment: Number.NaN } }, /^votes\.increment: /],
    ['a set of something else', { labels: 'a' }, /^labels: a set is changed by/],
    ['a set with an unknown verb', { labels: { toggle: ['a'] } }, /^labels: a set is changed by/],
    ['an element of a wrong type', { labels: { add: [1] } }, /^labels\.add\.0: /],
    ['elements that are no list', { labels: { remove: 'a' } }, /^labels\.remove: /],
    ['an element both ways', { labels: { add: ['a'], remove: ['a'] } }, /^labels: "a" is both/],
  ])('[C-SCHEMA-6] refuses %s', (_, given, issue) => {
    expect(issuesOf(given)).toEqual([expect.stringMatching(issue)])
  })

  it('[C-SCHEMA-6] names every issue at once, a whole row among them', () => {
    expect(issuesOf({ id: 't1', title: 'a', rank: 1, $pending: false })).toHaveLength(3)
    for (const given of [null, 'x', [], undefined]) expect(issuesOf(given)).toEqual([': a patch is a plain object'])
  })
})
