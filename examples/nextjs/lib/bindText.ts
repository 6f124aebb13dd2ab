import type * as Y from 'yjs'
import { movePosition, textEditBetween } from './textEdit'

type Delta = Y.YTextEvent['delta']

/**
 * Binds a text field to a `Y.Text`, both ways, until the returned function is called.
 *
 * The caret and the selection stay where they were in the sentence while others type. While a word is being composed
 * (an input method is open) the field is not touched: what others wrote in between is shown after it. The field's own undo
 * knows nothing of what others wrote: it is for `useUndo` to take back what was typed.
 */
export function bindText(field: HTMLTextAreaElement | HTMLInputElement, text: Y.Text): () => void {
  const typedHere = {}
  let shown = text.toString()
  let isComposing = false
  let unseen: Delta[] = []
  field.value = shown

  const show = (deltas: readonly Delta[]) => {
    const moved = (position: number | null) => deltas.reduce(movePosition, position ?? 0)
    const [start, end] = [moved(field.selectionStart), moved(field.selectionEnd)]
    shown = text.toString()
    field.value = shown
    if (document.activeElement === field) field.setSelectionRange(start, end)
  }
  const write = () => {
    const edit = textEditBetween(shown, field.value, field.selectionStart ?? field.value.length)
    const from = unseen.reduce(movePosition, edit.at)
    const to = unseen.reduce(movePosition, edit.at + edit.removed)
    shown = field.value
    if (from === to && edit.inserted === '') return
    text.doc?.transact(() => {
      text.delete(from, to - from)
      text.insert(from, edit.inserted)
    }, typedHere)
  }
  const onText = (event: Y.YTextEvent, { origin }: Y.Transaction) => {
    if (origin === typedHere) return
    if (isComposing) unseen.push(event.delta)
    else show([event.delta])
  }
  const onInput = () => {
    if (!isComposing) write()
  }
  const onCompositionStart = () => {
    isComposing = true
  }
  const onCompositionEnd = () => {
    isComposing = false
    write()
    show(unseen)
    unseen = []
  }

  text.observe(onText)
  field.addEventListener('input', onInput)
  field.addEventListener('compositionstart', onCompositionStart)
  field.addEventListener('compositionend', onCompositionEnd)
  return () => {
    text.unobserve(onText)
    field.removeEventListener('input', onInput)
    field.removeEventListener('compositionstart', onCompositionStart)
    field.removeEventListener('compositionend', onCompositionEnd)
  }
}
