import type { Scalar } from '../json/Json.js'
import { editValue, sortElements } from './editValues.js'
import type { FieldEdit, FieldEdits } from './FieldEdit.js'
import type { ElementTag, FieldMark, RecordState, Register, SetMark } from './RecordState.js'
import type { RowValues } from './RowValues.js'
import { msOfStamp, type Stamp } from './Stamp.js'

/** The mutation that an edit belongs to, as the authority sees it. */
export interface EditOrigin {
  readonly seq: number
  /** The effective stamp. */
  readonly stamp: Stamp
  /** The replica that made it, and its number there. */
  readonly writer: string
  readonly number: number
  readonly userId: string
  /** The cursor that the writer had when it made the edit: what a removal from a set had seen. */
  readonly seen: number
  /**
   * A command or server code: it decided on the row as it is, so what it writes holds whatever the stamps there.
   * Its register takes a stamp no lower than the one it replaces.
   */
  readonly decides?: boolean
}

export interface Merged {
  readonly state: RecordState
  /** The fields whose value or mark moved. Empty: later edits stand already in all of them. */
  readonly fields: readonly string[]
}

export type FieldKind = 'register' | 'counter' | 'set'

/** A new record. `values` are complete (defaults filled in), as `checkInsert` gives them. */
export function insertRecord(values: RowValues, kindOf: (field: string) => FieldKind, origin: EditOrigin): RecordState {
  const register = registerOf(origin)
  const marks: Record<string, FieldMark> = { $updated: register }
  for (const [field, value] of Object.entries(values)) {
    const kind = kindOf(field)
    if (kind === 'register') marks[field] = register
    else if (kind === 'counter') marks[field] = [origin.seq]
    else marks[field] = [origin.seq, tagsOf(value as readonly Scalar[], origin)]
  }
  const at = msOfStamp(origin.stamp)
  const meta = { $createdAt: at, $createdBy: origin.userId, $updatedAt: at, $updatedBy: origin.userId }
  return { seq: origin.seq, values: { ...values, ...meta }, marks, removed: false }
}

/** A removed record: its values go, its place stays, so that the id is never used again. */
export function removeRecord(seq: number): RecordState {
  return { seq, values: {}, marks: {}, removed: true }
}

/**
 * The row merge of architecture A2: registers by the later edit, counters by addition, sets by
 * observed removal. Pure; a given state is not touched.
 */
export function mergeEdits(state: RecordState, edits: FieldEdits, origin: EditOrigin): Merged {
  const values: Record<string, RowValues[string]> = { ...state.values }
  const marks: Record<string, FieldMark> = { ...state.marks }
  const fields: string[] = []
  for (const [field, edit] of Object.entries(edits)) {
    const mark = mergedMark(marks[field], edit, origin)
    if (mark === undefined) continue
    marks[field] = mark
    values[field] = isSet(mark) ? elementsOf(mark) : editValue(values[field], edit)
    fields.push(field)
  }
  if (fields.length === 0) return { state, fields }
  const updated = marks.$updated as Register | undefined
  if (updated === undefined || isLater(origin, updated)) {
    const register = registerOver(updated, origin)
    marks.$updated = register
    values.$updatedAt = msOfStamp(register[1])
    values.$updatedBy = origin.userId
  }
  return { state: { seq: origin.seq, values, marks, removed: false }, fields }
}

/** The mark after an edit, or undefined if the edit changes nothing. */
function mergedMark(mark: FieldMark | undefined, edit: FieldEdit, origin: EditOrigin): FieldMark | undefined {
  switch (edit.kind) {
    case 'set':
      return mark === undefined || isLater(origin, mark as Register)
        ? registerOver(mark as Register, origin)
        : undefined
    case 'increment':
      return edit.by === 0 ? undefined : [origin.seq]
    case 'elements': {
      const removed = new Set(edit.remove)
      return mergedSet(mark as SetMark | undefined, edit.add, element => removed.has(element), origin)
    }
    case 'replaceElements':
      return mergedSet(mark as SetMark | undefined, edit.elements, () => true, origin)
  }
}

/**
 * A removal takes away the additions that its writer had seen and earlier ones of its own replica;
 * an addition made elsewhere meanwhile survives.
 */
function mergedSet(
  mark: SetMark | undefined,
  add: readonly Scalar[],
  isRemoved: (element: Scalar) => boolean,
  origin: EditOrigin,
): SetMark | undefined {
  const tags: Record<string, ElementTag> = { ...mark?.[1] }
  let isChanged = add.length > 0
  for (const [key, [seq, writer]] of Object.entries(tags)) {
    const isSeen = seq <= origin.seen || writer === origin.writer
    if (isSeen && isRemoved(JSON.parse(key) as Scalar)) {
      delete tags[key]
      isChanged = true
    }
  }
  for (const element of add) {
    tags[JSON.stringify(element)] = [origin.seq, origin.writer]
  }
  return isChanged ? [origin.seq, tags] : undefined
}

function isLater(origin: EditOrigin, [, stamp, writer, number]: Register): boolean {
  if (origin.decides) return true
  if (origin.stamp !== stamp) return origin.stamp > stamp
  if (origin.writer !== writer) return origin.writer > writer
  return origin.number >= number
}

const registerOf = (origin: EditOrigin): Register => [origin.seq, origin.stamp, origin.writer, origin.number]

function registerOver(before: Register | undefined, origin: EditOrigin): Register {
  const stamp = Math.max(origin.stamp, origin.decides ? (before?.[1] ?? 0) : 0)
  return [origin.seq, stamp, origin.writer, origin.number]
}

const isSet = (mark: FieldMark): mark is SetMark => mark.length === 2

function tagsOf(elements: readonly Scalar[], origin: EditOrigin): Record<string, ElementTag> {
  const tags: Record<string, ElementTag> = {}
  for (const element of elements) tags[JSON.stringify(element)] = [origin.seq, origin.writer]
  return tags
}

function elementsOf([, tags]: SetMark): Scalar[] {
  return sortElements(Object.keys(tags).map(key => JSON.parse(key) as Scalar))
}
