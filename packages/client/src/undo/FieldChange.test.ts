import { modelOf } from '@tidemark/core'
import { describe, expect, it } from 'vitest'
import { tasks } from '../testing/tracker.js'
import { applicableTo, changesBetween, opposite, patchFrom } from './FieldChange.js'

const model = modelOf(tasks)
const row = { title: 'one', status: 'todo', rank: 'm', votes: 3, labels: ['a', 'b'] }

describe('what an update made of the fields', () => {
  it.each([
    ['another value', { title: 'two' }, { title: 'two' }, { title: 'one' }],
    ['the same value', { title: 'one' }, {}, {}],
    ['an increment', { votes: { increment: 0.1 } }, { votes: 3.1 }, { votes: { increment: -0.1 } }],
    ['no increment', { votes: { increment: 0 } }, {}, {}],
    [
      'members, of which one is new',
      { labels: { add: ['b', 'c'] } },
      { labels: ['a', 'b', 'c'] },
      { labels: { add: [], remove: ['c'] } },
    ],
    [
      'members, of which one was there',
      { labels: { remove: ['a', 'z'] } },
      { labels: ['b'] },
      { labels: { add: ['a'], remove: [] } },
    ],
    [
      'a set in place of another',
      { labels: ['b', 'c'] },
      { labels: ['b', 'c'] },
      { labels: { add: ['a'], remove: ['c'] } },
    ],
    ['a count of a record that is there', { votes: 9 }, {}, {}],
  ])('[CL-UNDO-4] %s', (_name, patch, made, back) => {
    const after = { ...row, ...made }
    const undo = opposite(changesBetween(model, patch, row, after))
    expect(patchFrom(applicableTo(after, undo))).toEqual(back)
  })

  it('[CL-UNDO-5] is taken back only as far as others left it', () => {
    const patch = {
      title: 'two',
      status: 'done',
      votes: { increment: 2 },
      labels: { add: ['c', 'd'], remove: ['a', 'b'] },
    }
    const after = { ...row, title: 'two', status: 'done', votes: 5, labels: ['c', 'd'] }
    const undo = opposite(changesBetween(model, patch, row, after))
    const now = { ...after, title: 'three', votes: 9, labels: ['a', 'd', 'z'] }
    expect(patchFrom(applicableTo(now, undo))).toEqual({
      status: 'todo',
      votes: { increment: -2 },
      labels: { add: ['b'], remove: ['d'] },
    })
    expect(applicableTo(undefined, undo)).toEqual({})
  })
})
