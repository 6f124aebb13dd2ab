import * as Y from 'yjs'

/** One entry of a checklist: an element of the rich text, with a text inside. */
export interface ChecklistItem {
  readonly key: number
  readonly element: Y.XmlElement
  readonly text: Y.XmlText
  readonly isDone: boolean
}

export interface ChecklistStore {
  subscribe(listener: () => void): () => void
  getSnapshot(): readonly ChecklistItem[]
}

const itemName = 'taskItem'
const keyByElement = new WeakMap<Y.XmlElement, number>()
let lastKey = 0

/** The entries of a rich text, over time. */
export function checklistStore(fragment: Y.XmlFragment): ChecklistStore {
  let items = itemsOf(fragment)
  return {
    getSnapshot: () => items,
    subscribe(listener) {
      const look = () => {
        items = itemsOf(fragment)
        listener()
      }
      fragment.observeDeep(look)
      return () => fragment.unobserveDeep(look)
    },
  }
}

export function addItem(fragment: Y.XmlFragment, text: string, after?: ChecklistItem): ChecklistItem {
  const element = new Y.XmlElement(itemName)
  element.insert(0, [new Y.XmlText(text)])
  const index = after ? fragment.toArray().indexOf(after.element) + 1 : fragment.length
  fragment.insert(index, [element])
  return itemOf(element)
}

export function removeItem(fragment: Y.XmlFragment, item: ChecklistItem): void {
  const index = fragment.toArray().indexOf(item.element)
  if (index >= 0) fragment.delete(index, 1)
}

export function tickItem({ element, isDone }: ChecklistItem): void {
  if (isDone) element.removeAttribute('done')
  else element.setAttribute('done', 'yes')
}

function itemsOf(fragment: Y.XmlFragment): readonly ChecklistItem[] {
  return fragment
    .toArray()
    .filter(node => node instanceof Y.XmlElement && node.get(0) instanceof Y.XmlText)
    .map(node => itemOf(node as Y.XmlElement))
}

function itemOf(element: Y.XmlElement): ChecklistItem {
  const key = keyByElement.get(element) ?? ++lastKey
  keyByElement.set(element, key)
  return { key, element, text: element.get(0) as Y.XmlText, isDone: element.getAttribute('done') !== undefined }
}
