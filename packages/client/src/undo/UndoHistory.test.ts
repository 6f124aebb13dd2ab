import { describe, expect, it } from 'vitest'
import { tasks } from '../testing/tracker.js'
import type { FieldChanges } from './FieldChange.js'
import { type Direction, type FieldStep, type RowOf, type TextStep, UndoHistory } from './UndoHistory.js'

const titled = (before: string, after: string): FieldChanges => ({ title: { kind: 'value', before, after } })

function step(id: string, changes: FieldChanges, writeId = `${id} ${JSON.stringify(changes)}`): FieldStep {
  return { kind: 'fields', record: `tasks/${id}`, collection: tasks, id, changes, writeIds: [writeId] }
}

const textStep = (id: string): TextStep => ({ kind: 'text', record: `tasks/${id}`, body: bodies.get(id) ?? {} })
const bodies = new Map(['t1', 't2'].map(id => [id, { id }]))
const body = bodies.get('t1') as object

/** Rows that a step finds as it left them, but for those that are given. */
const asLeft =
  (rows: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {}): RowOf =>
  ({ id, changes }: FieldStep) =>
    rows[id] ??
    Object.fromEntries(Object.entries(changes).map(([field, change]) => [field, 'after' in change ? change.after : 0]))

/** Undoes or redoes once, and tells what was written; of a text its record. */
function move(history: UndoHistory, direction: Direction, scope: string | null = null, rowOf = asLeft()): unknown {
  const next = history.next(direction, scope, rowOf)
  if (next?.kind !== 'fields') return next?.record
  history.moved(direction, next.step, next.changes, `${direction} ${next.step.writeIds[0]}`)
  return next.changes
}

describe('the history', () => {
  it('[CL-UNDO-1] takes the steps back from the last to the first, and makes them again in their order', () => {
    const history = new UndoHistory(100)
    history.updated(step('t1', titled('a', 'b')))
    history.updated(step('t2', titled('x', 'y')))
    expect([history.can('undo', null, asLeft()), history.can('redo', null, asLeft())]).toEqual([true, false])
    expect([move(history, 'undo'), move(history, 'undo'), move(history, 'undo')]).toEqual([
      titled('y', 'x'),
      titled('b', 'a'),
      undefined,
    ])
    expect([history.can('undo', null, asLeft()), history.can('redo', null, asLeft())]).toEqual([false, true])
    expect([move(history, 'redo'), move(history, 'redo'), move(history, 'redo')]).toEqual([
      titled('a', 'b'),
      titled('x', 'y'),
      undefined,
    ])
  })

  it('[CL-UNDO-2] of a record is what is left without the others', () => {
    const history = new UndoHistory(100)
    history.updated(step('t1', titled('a', 'b')))
    history.updated(step('t2', titled('x', 'y')))
    expect(history.can('undo', 'tasks/t3', asLeft())).toBe(false)
    expect(move(history, 'undo', 'tasks/t1')).toEqual(titled('b', 'a'))
    expect(move(history, 'undo', 'tasks/t1')).toBeUndefined()
    expect(move(history, 'undo')).toEqual(titled('y', 'x'))
    expect(move(history, 'redo', 'tasks/t1')).toEqual(titled('a', 'b'))
  })

  it('[CL-UNDO-3] a new step ends what could be redone, of all and of its record; of another record it can be still', () => {
    const history = new UndoHistory(100)
    history.updated(step('t1', titled('a', 'b')))
    history.updated(step('t2', titled('x', 'y')))
    move(history, 'undo')
    move(history, 'undo')
    history.updated(step('t2', titled('x', 'z')))
    expect(history.can('redo', null, asLeft())).toBe(false)
    expect(history.can('redo', 'tasks/t2', asLeft())).toBe(false)
    expect(move(history, 'redo', 'tasks/t1')).toEqual(titled('a', 'b'))
    expect(move(history, 'undo')).toEqual(titled('b', 'a'))
  })

  it('[CL-UNDO-5] drops a step of which others have left nothing, and goes on to the one before', () => {
    const history = new UndoHistory(100)
    history.updated(step('t1', titled('a', 'b')))
    history.updated(step('t2', titled('x', 'y')))
    const rowOf = asLeft({ t2: { title: 'theirs' } })
    expect(move(history, 'undo', null, rowOf)).toEqual(titled('b', 'a'))
    expect(history.can('undo', null, asLeft())).toBe(false)
    history.updated(step('t2', titled('x', 'y')))
    expect(history.can('undo', null, rowOf)).toBe(false)
    expect(history.can('undo', null, asLeft())).toBe(true)
  })

  it('[CL-UNDO-6] a step goes with its write, or with the one that took it back', () => {
    const history = new UndoHistory(100)
    history.updated(step('t1', titled('a', 'b'), 'w1'))
    history.refused('w1', null)
    expect(history.can('undo', null, asLeft())).toBe(false)
    history.updated(step('t1', titled('a', 'b'), 'w2'))
    move(history, 'undo')
    history.refused('undo w2', null)
    expect(history.can('redo', null, asLeft())).toBe(false)
    expect(history.records.size).toBe(0)
  })

  it('[CL-UNDO-6] a step loses the fields that were refused, and the next one starts from what they had started from', () => {
    const history = new UndoHistory(100)
    const votes = { votes: { kind: 'count', by: 1 } } as const
    history.updated(step('t1', { ...titled('a', 'b'), ...votes }, 'w1'))
    history.updated(step('t2', titled('b', 'x'), 'w2'))
    history.updated(step('t1', titled('b', 'c'), 'w3'))
    history.refused('w1', ['title'])
    expect(move(history, 'undo', 'tasks/t1')).toEqual(titled('c', 'a'))
    expect(move(history, 'undo', 'tasks/t1')).toEqual({ votes: { kind: 'count', by: -1 } })
    expect(move(history, 'undo')).toEqual(titled('x', 'b'))
  })

  it('[CL-UNDO-7] what is typed in one text at one go is one step, until something else is done', () => {
    const history = new UndoHistory(100)
    const begins = (id: string, text: string, atMs: number) => history.typed(textStep(id), text, atMs).length > 0
    expect([begins('t1', 'notes', 0), begins('t1', 'notes', 499), begins('t1', 'notes', 998)]).toEqual([
      true,
      false,
      false,
    ])
    expect(begins('t1', 'notes', 1_498)).toBe(true)
    expect([begins('t1', 'story', 1_500), begins('t1', 'notes', 1_501), begins('t2', 'notes', 1_502)]).toEqual([
      true,
      true,
      true,
    ])
    history.updated(step('t1', titled('a', 'b')))
    expect(begins('t2', 'notes', 1_503)).toBe(true)
    history.textMoved(textStep('t2'), { undo: 1, redo: 1 })
    expect(begins('t2', 'notes', 1_504)).toBe(true)
  })

  it('[CL-UNDO-7] of a text as many steps are known as the text has', () => {
    const history = new UndoHistory(100)
    for (const atMs of [0, 1_000, 2_000]) history.typed(textStep('t1'), 'notes', atMs)
    history.updated(step('t2', titled('x', 'y')))
    expect(move(history, 'undo')).toEqual(titled('y', 'x'))
    expect(move(history, 'undo')).toBe('tasks/t1')
    // Of the last of them others had left nothing: the one before it was undone.
    history.textMoved(textStep('t1'), { undo: 1, redo: 1 })
    expect(move(history, 'redo')).toBe('tasks/t1')
    history.textMoved(textStep('t1'), { undo: 2, redo: 0 })
    expect(move(history, 'redo')).toEqual(titled('x', 'y'))
    expect(move(history, 'undo', 'tasks/t1')).toBe('tasks/t1')
    history.textMoved(textStep('t1'), { undo: 0, redo: 0 })
    expect(move(history, 'undo', 'tasks/t1')).toBeUndefined()
  })

  it('[CL-UNDO-8] the steps of a text go with its body', () => {
    const history = new UndoHistory(100)
    history.typed(textStep('t1'), 'notes', 0)
    history.typed(textStep('t2'), 'notes', 0)
    history.textMoved(textStep('t2'), { undo: 0, redo: 1 })
    history.closed(body)
    expect([history.can('undo', null, asLeft()), history.can('redo', null, asLeft())]).toEqual([false, true])
    history.closed(bodies.get('t2') as object)
    expect(history.can('redo', null, asLeft())).toBe(false)
  })

  it('[CL-UNDO-3] a field that is changed ends what could be redone in the texts of its record', () => {
    const history = new UndoHistory(100)
    history.typed(textStep('t1'), 'notes', 0)
    history.textMoved(textStep('t1'), { undo: 0, redo: 1 })
    expect(history.updated(step('t2', titled('x', 'y')))).toEqual([])
    expect(history.updated(step('t1', titled('a', 'b')))).toEqual([{ kind: 'forgetUndone', body }])
  })

  it('[CL-UNDO-9] keeps so many steps, the latest', () => {
    const history = new UndoHistory(2)
    history.typed(textStep('t1'), 'notes', 0)
    history.updated(step('t1', titled('a', 'b')))
    expect(history.updated(step('t1', titled('b', 'c')))).toEqual([{ kind: 'forgetOldest', body, from: 'undo' }])
    expect([move(history, 'undo'), move(history, 'undo'), move(history, 'undo')]).toEqual([
      titled('c', 'b'),
      titled('b', 'a'),
      undefined,
    ])
  })

  it('[CL-UNDO-4] an update that changes nothing is no step', () => {
    const history = new UndoHistory(100)
    history.updated(step('t1', titled('a', 'b')))
    move(history, 'undo')
    history.updated(step('t1', {}))
    expect([history.can('undo', null, asLeft()), history.can('redo', null, asLeft())]).toEqual([false, true])
  })
})
