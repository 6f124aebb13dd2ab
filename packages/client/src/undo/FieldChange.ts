import { type CollectionModel, equalJson, type Json, type RowValues, type Scalar } from '@tidemark/core'

/** What a write made of one field. A change that leaves the field as it was is none. */
export type FieldChange =
  | { readonly kind: 'value'; readonly before: Json; readonly after: Json }
  | { readonly kind: 'count'; readonly by: number }
  | { readonly kind: 'elements'; readonly added: readonly Scalar[]; readonly removed: readonly Scalar[] }

export type FieldChanges = Readonly<Record<string, FieldChange>>

type Row = Readonly<Record<string, unknown>>

/** What `patch` made of the fields it names, by the row as it was shown before and after it. */
export function changesBetween(model: CollectionModel, patch: object, before: Row, after: Row): FieldChanges {
  const changes: Record<string, FieldChange> = {}
  for (const [field, given] of Object.entries(patch)) {
    const change = changeOf(model.fieldByName.get(field)?.kind, given, before[field] as Json, after[field] as Json)
    if (change && !isIdle(change)) changes[field] = change
  }
  return changes
}

function changeOf(kind: string | undefined, given: unknown, before: Json, after: Json): FieldChange | undefined {
  switch (kind) {
    case 'register':
      return { kind: 'value', before, after }
    case 'counter':
      // As it was said: a difference of fractions is not exact. An upsert leaves the count of a record that is there.
      return { kind: 'count', by: (given as { readonly increment?: number }).increment ?? 0 }
    case 'set': {
      const [held, holds] = [before as readonly Scalar[], after as readonly Scalar[]]
      return { kind: 'elements', added: without(holds, held), removed: without(held, holds) }
    }
    default:
      return undefined
  }
}

export const isNoChange = (changes: FieldChanges): boolean => Object.keys(changes).length === 0

/** What takes the changes back. */
export const opposite = (changes: FieldChanges): FieldChanges => mapChanges(changes, oppositeOf)

function oppositeOf(change: FieldChange): FieldChange {
  switch (change.kind) {
    case 'value':
      return { kind: 'value', before: change.after, after: change.before }
    case 'count':
      return { kind: 'count', by: -change.by }
    case 'elements':
      return { kind: 'elements', added: change.removed, removed: change.added }
  }
}

/** What of the changes can be made of a row as it is: a value that is not what it is to be changed from is somebody else's. */
export function applicableTo(row: Row | undefined, changes: FieldChanges): FieldChanges {
  return row === undefined ? {} : mapChanges(changes, (change, field) => applicable(change, row[field] as Json))
}

function applicable(change: FieldChange, now: Json): FieldChange | undefined {
  switch (change.kind) {
    case 'value':
      return equalJson(now, change.before) ? change : undefined
    case 'count':
      return change
    case 'elements': {
      const held = now as readonly Scalar[]
      const removed = change.removed.filter(element => held.includes(element))
      return { kind: 'elements', added: without(change.added, held), removed }
    }
  }
}

/** The patch that makes the changes. */
export function patchFrom(changes: FieldChanges): RowValues {
  return Object.fromEntries(Object.entries(changes).map(([field, change]) => [field, memberFrom(change)]))
}

function memberFrom(change: FieldChange): Json {
  switch (change.kind) {
    case 'value':
      return change.after
    case 'count':
      return { increment: change.by }
    case 'elements':
      return { add: change.added, remove: change.removed }
  }
}

/** All changes, each as `map` makes it, but for those that are none then. */
export function mapChanges(
  changes: FieldChanges,
  map: (change: FieldChange, field: string) => FieldChange | undefined,
): FieldChanges {
  const mapped: Record<string, FieldChange> = {}
  for (const [field, change] of Object.entries(changes)) {
    const made = map(change, field)
    if (made && !isIdle(made)) mapped[field] = made
  }
  return mapped
}

function isIdle(change: FieldChange): boolean {
  switch (change.kind) {
    case 'value':
      return equalJson(change.before, change.after)
    case 'count':
      return change.by === 0
    case 'elements':
      return change.added.length + change.removed.length === 0
  }
}

const without = (elements: readonly Scalar[], others: readonly Scalar[]): readonly Scalar[] =>
  elements.filter(element => !others.includes(element))
