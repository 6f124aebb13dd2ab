// @vitest-environment happy-dom
import { afterEach, describe, expect, it } from 'vitest'
import * as Y from 'yjs'
import { bindText } from './bindText'

const release: (() => void)[] = []
afterEach(() => {
  for (const free of release.splice(0)) free()
  document.body.replaceChildren()
})

/** A field bound to a text that a second document edits too. */
function bound(start: string) {
  const [mine, other] = [new Y.Doc(), new Y.Doc()]
  mine.on('update', (update, origin) => origin !== other && Y.applyUpdate(other, update, mine))
  other.on('update', (update, origin) => origin !== mine && Y.applyUpdate(mine, update, other))
  const text = mine.getText('notes')
  text.insert(0, start)
  const field = document.body.appendChild(document.createElement('textarea'))
  release.push(bindText(field, text))
  field.focus()
  const fire = (event: Event) => field.dispatchEvent(event)
  const type = (inserted: string) => {
    const { selectionStart: from, selectionEnd: to, value } = field
    field.value = value.slice(0, from) + inserted + value.slice(to)
    field.setSelectionRange(from + inserted.length, from + inserted.length)
    fire(new Event('input'))
  }
  return { field, text, others: other.getText('notes'), type, fire }
}

describe('a bound field', () => {
  it('shows the text and writes what is typed', () => {
    const { field, text, others, type } = bound('hello')
    expect(field.value).toBe('hello')
    field.setSelectionRange(5, 5)
    type(' world')
    expect([text.toString(), others.toString()]).toEqual(['hello world', 'hello world'])
    field.setSelectionRange(0, 5)
    type('bye')
    expect(others.toString()).toBe('bye world')
  })

  it('keeps caret and selection at their words while others type', () => {
    const { field, others } = bound('one two three')
    field.setSelectionRange(4, 7)
    others.insert(0, 'zero ')
    others.insert(others.length, ' four')
    expect(field.value).toBe('zero one two three four')
    expect(field.value.slice(field.selectionStart, field.selectionEnd)).toBe('two')
  })

  it('leaves a word alone while it is composed, and joins it with what others wrote', () => {
    const { field, text, others, type, fire } = bound('ab')
    field.setSelectionRange(2, 2)
    fire(new Event('compositionstart'))
    type('に')
    others.insert(0, 'XX')
    expect(field.value).toBe('abに')
    type('ほ')
    fire(new Event('compositionend'))
    expect([field.value, text.toString(), others.toString()]).toEqual(['XXabにほ', 'XXabにほ', 'XXabにほ'])
  })
})
