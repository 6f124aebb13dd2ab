import { type KeyboardEvent, useMemo, useState, useSyncExternalStore } from 'react'
import type * as Y from 'yjs'
import { addItem, type ChecklistItem, checklistStore, removeItem, tickItem } from '../../lib/checklist'
import { BoundInput } from './BoundInput'

const none: readonly ChecklistItem[] = []

export function ChecklistItems({ fragment }: { readonly fragment: Y.XmlFragment }) {
  const store = useMemo(() => checklistStore(fragment), [fragment])
  const items = useSyncExternalStore(store.subscribe, store.getSnapshot, () => none)
  const [focused, setFocused] = useState<number | null>(null)
  const onKeyDown = (item: ChecklistItem) => (event: KeyboardEvent<HTMLInputElement>) => {
    if (event.key === 'Enter' && !event.nativeEvent.isComposing) setFocused(addItem(fragment, '', item).key)
    if (event.key !== 'Backspace' || event.currentTarget.value !== '') return
    event.preventDefault()
    setFocused(items[items.indexOf(item) - 1]?.key ?? null)
    removeItem(fragment, item)
  }
  return (
    <ul className="checklist">
      {items.map(item => (
        <li key={item.key} className="checklist__item" data-done={item.isDone || undefined}>
          <input type="checkbox" aria-label="Done" checked={item.isDone} onChange={() => tickItem(item)} />
          <BoundInput text={item.text} name="Entry" hasFocus={item.key === focused} onKeyDown={onKeyDown(item)} />
          <button
            type="button"
            className="checklist__remove"
            aria-label="Remove the entry"
            onClick={() => removeItem(fragment, item)}
          >
            ×
          </button>
        </li>
      ))}
      <li>
        <button
          type="button"
          className="checklist__add"
          onClick={() => setFocused(addItem(fragment, '', items.at(-1)).key)}
        >
          + Add an entry
        </button>
      </li>
    </ul>
  )
}
