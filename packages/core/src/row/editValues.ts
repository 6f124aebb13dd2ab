import type { Json, Scalar } from '../json/Json.js'
import { compareValues } from '../query/compareValues.js'
import type { FieldEdit, FieldEdits } from './FieldEdit.js'
import type { RowValues } from './RowValues.js'

/**
 * What a writer sees of its own edits: the confirmed values with the edits on top, no marks. The
 * replica's outbox and commands' previews are drawn with it; the authority merges with `mergeEdits`.
 * The same object if the edits change nothing.
 */
export function editValues(values: RowValues, edits: FieldEdits, atMs: number, userId: string): RowValues {
  const edited: Record<string, Json> = { ...values }
  let isChanged = false
  for (const [field, edit] of Object.entries(edits)) {
    if (isIdle(values[field], edit)) continue
    edited[field] = editValue(values[field], edit)
    isChanged = true
  }
  if (!isChanged) return values
  if (typeof values.$updatedAt !== 'number' || atMs >= values.$updatedAt) {
    edited.$updatedAt = atMs
    edited.$updatedBy = userId
  }
  return edited
}

export function editValue(value: Json | undefined, edit: FieldEdit): Json {
  switch (edit.kind) {
    case 'set':
      return edit.value
    case 'increment':
      return (typeof value === 'number' ? value : 0) + edit.by
    case 'elements': {
      const removed = new Set(edit.remove)
      return sortElements([...new Set([...elementsIn(value).filter(element => !removed.has(element)), ...edit.add])])
    }
    case 'replaceElements':
      return sortElements([...new Set(edit.elements)])
  }
}

/** Whether an edit leaves no trace. A value that is set again does: it is later now. */
function isIdle(value: Json | undefined, edit: FieldEdit): boolean {
  switch (edit.kind) {
    case 'set':
      return false
    case 'increment':
      return edit.by === 0
    case 'elements': {
      const held = new Set(elementsIn(value))
      return edit.add.length === 0 && !edit.remove.some(element => held.has(element))
    }
    case 'replaceElements':
      return edit.elements.length === 0 && elementsIn(value).length === 0
  }
}

/** A set is shown as a sorted array. */
export function sortElements(elements: Scalar[]): Scalar[] {
  return elements.sort(compareValues)
}

const elementsIn = (value: Json | undefined): readonly Scalar[] => (Array.isArray(value) ? (value as Scalar[]) : [])
