import { describe, expect, it } from 'vitest'
import * as Y from 'yjs'
import { BodyCopy } from '../bodies/BodyCopy.js'
import { remoteOrigin } from '../bodies/remoteOrigin.js'
import { BodyRoom } from '../bodies/testing/BodyRoom.js'
import { ManualClock } from '../testing/ManualClock.js'
import { seededRandom } from '../testing/seededRandom.js'
import { BodyUndo } from './BodyUndo.js'

/** A body with a text that carol has open, and what was told of her edits. */
function open(state: Uint8Array | null = null) {
  const source = new BodyRoom().join('carol')
  const platform = { source, clock: new ManualClock(), random: seededRandom(1) }
  const copy = new BodyCopy({ collection: 'tasks', id: 't1' }, { state, pending: [], isComplete: true }, platform)
  const told: string[] = []
  const undo = new BodyUndo(
    copy,
    roots => told.push(roots),
    () => told.push('closed'),
  )
  return { copy, undo, told, text: copy.doc.getText('notes') }
}

function edited(state: Uint8Array, edit: (text: Y.Text) => void): Uint8Array {
  const doc = new Y.Doc()
  Y.applyUpdate(doc, state)
  edit(doc.getText('notes'))
  return Y.encodeStateAsUpdate(doc)
}

const start = edited(Y.encodeStateAsUpdate(new Y.Doc()), text => text.insert(0, 'one two three'))

describe('the steps of a body', () => {
  it('[CL-UNDO-10] hold nothing of what others did, of what Yjs tidied after it, or of what answered it at once', () => {
    const { copy, undo, told, text } = open(start)
    let tidied = 0
    copy.doc.on('update', (_update: Uint8Array, origin: unknown) => {
      if (origin !== remoteOrigin) tidied++
    })
    copy.receive(edited(start, text => text.format(4, 3, { bold: true })))
    copy.receive(edited(start, text => text.delete(2, 8)))
    expect(tidied).toBeGreaterThan(0)
    copy.doc.getText('story').observe(() => copy.doc.getMap('seen').set('story', true))
    copy.receive(edited(start, text => text.doc?.getText('story').insert(0, 'theirs')))
    expect(copy.doc.getMap('seen').get('story')).toBe(true)
    expect([told, undo.counts]).toEqual([[], { undo: 0, redo: 0 }])
    text.insert(0, 'mine ')
    expect([told, undo.counts]).toEqual([['notes'], { undo: 1, redo: 0 }])
    undo.move('undo')
    expect(text.toString()).toBe('onree')
  })

  it('[CL-UNDO-10] hold every edit made here, whatever its origin, and no transaction without one', () => {
    const { copy, undo, told, text } = open()
    for (const origin of [null, 'an editor', { of: 'its own' }]) {
      copy.doc.transact(() => text.insert(0, 'x'), origin)
      undo.beginStep()
    }
    copy.doc.transact(() => undefined)
    copy.doc.transact(() => {
      text.insert(0, 'y')
      copy.doc.getText('story').insert(0, 'z')
    })
    expect([told, undo.counts]).toEqual([['notes', 'notes', 'notes', 'notes,story'], { undo: 4, redo: 0 }])
  })

  it('[CL-UNDO-7] are as many as were begun', () => {
    const { undo, text } = open()
    for (const typed of ['a', 'b', 'c']) text.insert(text.length, typed)
    undo.beginStep()
    text.insert(3, 'd')
    expect(undo.counts).toEqual({ undo: 2, redo: 0 })
    expect([undo.move('undo'), text.toString(), undo.move('undo'), text.toString(), undo.move('undo')]).toEqual([
      true,
      'abc',
      true,
      '',
      false,
    ])
    expect([undo.move('redo'), text.toString(), undo.counts]).toEqual([true, 'abc', { undo: 1, redo: 1 }])
    undo.forgetUndone()
    undo.forgetOldest('undo')
    expect(undo.counts).toEqual({ undo: 0, redo: 0 })
  })

  it('[CL-UNDO-8] end with its document', () => {
    const { copy, told } = open(start)
    copy.close()
    expect(told).toEqual(['closed'])
  })
})
