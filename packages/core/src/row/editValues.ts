import type { Json, Scalar } from '../json/Json.js'
import { compareValues } from '../query/compareValues.js'
import type { FieldEdit, FieldEdits } from './FieldEdit.js'
import type { RowValues } from './RowValues.js'

/**
 * What a writer sees of its own edits: the confirmed values with the edits on top, no marks. The
 * replica's outbox and commands' previews are drawn with it; the authority merges with `mergeEdits`.
 */
export function editValues(values: RowValues, edits: FieldEdits, atMs: number, userId: string): RowValues {
  const edited: Record<string, Json> = { ...values }
  for (const [field, edit] of Object.entries(edits)) edited[field] = editValue(values[field], edit)
  edited.$updatedAt = Math.max(atMs, typeof values.$updatedAt === 'number' ? values.$updatedAt : 0)
  edited.$updatedBy = userId
  return edited
}

export function editValue(value: Json | undefined, edit: FieldEdit): Json {
  switch (edit.kind) {
    case 'set':
      return edit.value
    case 'increment':
      return (typeof value === 'number' ? value : 0) + edit.by
    case 'elements': {
      const kept = elementsIn(value).filter(element => !edit.remove.includes(element) && !edit.add.includes(element))
      return sortElements([...kept, ...new Set(edit.add)])
    }
    case 'replaceElements':
      return sortElements([...new Set(edit.elements)])
  }
}

/** A set is shown as a sorted array. */
export function sortElements(elements: Scalar[]): Scalar[] {
  return elements.sort(compareValues)
}

const elementsIn = (value: Json | undefined): readonly Scalar[] => (Array.isArray(value) ? (value as Scalar[]) : [])
