import { describe, expect, it } from 'vitest'
import { type RowChange, rowBefore } from './CommittedChange.js'

const base = { seq: 2, userId: 'alice', at: 7, collection: 'tasks', id: 'r1' }
const before = { title: 'a', votes: 1, $updatedAt: 1, $updatedBy: 'bob' }
const after = { title: 'b', votes: 1, $updatedAt: 7, $updatedBy: 'alice' }
const moved = { $updatedAt: 1, $updatedBy: 'bob' }

describe('rowBefore', () => {
  it.each<[string, RowChange, object | null]>([
    ['nothing before an insert', { ...base, kind: 'insert', fields: ['title', 'votes'], after, before: null }, null],
    [
      'the row after with the old values',
      { ...base, kind: 'update', fields: ['title'], after, before: { title: 'a', ...moved } },
      before,
    ],
    ['all that a removal took', { ...base, kind: 'remove', fields: [], after: null, before }, before],
    [
      'not a field that is younger than the row',
      {
        ...base,
        kind: 'update',
        fields: ['title', 'done'],
        after: { ...after, done: true },
        before: { title: 'a', ...moved },
      },
      before,
    ],
  ])('[C-ROW-9] the row before a change is %s', (_, change, row) => {
    expect(rowBefore(change)).toEqual(row)
  })
})
