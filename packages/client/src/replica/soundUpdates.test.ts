import { describe, expect, it } from 'vitest'
import * as Y from 'yjs'
import { soundUpdates } from './soundUpdates.js'

/** Types into one text and gives the update of each edit. */
class Typist {
  readonly text = new Y.Doc().getText('notes')
  readonly updates: Uint8Array[] = []

  constructor() {
    this.text.doc?.on('update', (update: Uint8Array) => this.updates.push(update))
  }

  type(edit: (text: Y.Text) => void): Uint8Array {
    edit(this.text)
    return this.updates.at(-1) as Uint8Array
  }
}

describe('soundUpdates', () => {
  it('[CL-BODY-5] keeps what stands on the body or on what is kept, a repeat too', () => {
    const alice = new Typist()
    const base = alice.type(text => text.insert(0, 'base'))
    const more = [alice.type(text => text.insert(4, ' one')), alice.type(text => text.delete(0, 2))]
    expect(soundUpdates(base, [base, ...more], 'tasks/1')).toEqual([base, ...more])
    expect(soundUpdates(undefined, [base, ...more], 'tasks/1')).toEqual([base, ...more])
    expect(soundUpdates(undefined, [], 'tasks/1')).toEqual([])
  })

  it('[CL-BODY-5] leaves out what refers to a refused update, and whatever refers to that', () => {
    const alice = new Typist()
    const base = alice.type(text => text.insert(0, 'base'))
    alice.type(text => text.insert(4, ' refused'))
    const onRefused = alice.type(text => text.insert(12, ' and on'))
    const removesRefused = alice.type(text => text.delete(5, 3))
    const bob = new Typist()
    Y.applyUpdate(bob.text.doc as Y.Doc, base)
    const beside = bob.type(text => text.insert(0, '> '))
    const after = bob.type(text => text.insert(2, 'sound '))
    expect(soundUpdates(base, [onRefused, beside, removesRefused, after], 'tasks/1')).toEqual([beside, after])
  })
})
