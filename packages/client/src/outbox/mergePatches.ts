import type { CollectionModel, FieldEdit, FieldEdits, Json, RowValues, Scalar } from '@tidemark/core'

/** The edits as a patch that `update` would take: normalised, and our own copy. */
export function patchOf(edits: FieldEdits): RowValues {
  const patch: Record<string, Json> = {}
  for (const [field, edit] of Object.entries(edits)) patch[field] = memberOf(edit)
  return patch
}

function memberOf(edit: FieldEdit): Json {
  switch (edit.kind) {
    case 'set':
      return edit.value
    case 'increment':
      return { increment: edit.by }
    case 'elements':
      return { add: edit.add, remove: edit.remove }
    case 'replaceElements':
      return edit.elements
  }
}

type ElementsPatch = { readonly add?: readonly Scalar[]; readonly remove?: readonly Scalar[] }

/**
 * One patch that does what both do, the earlier first: values by the later, increments added up, sets of
 * elements composed. Undefined where no patch can: a sum beyond what a counter takes.
 */
export function mergePatches(model: CollectionModel, earlier: RowValues, later: RowValues): RowValues | undefined {
  const merged: Record<string, Json> = { ...earlier }
  for (const [field, after] of Object.entries(later)) {
    const before = earlier[field]
    const kind = model.fieldByName.get(field)?.kind
    if (before === undefined) merged[field] = after
    else if (kind === 'counter') {
      const sum = incrementOf(before) + incrementOf(after)
      if (Math.abs(sum) > Number.MAX_SAFE_INTEGER) return undefined
      merged[field] = { increment: sum === 0 ? 0 : sum }
    } else if (kind === 'set') merged[field] = mergeSets(before, after)
    else merged[field] = after
  }
  return merged
}

function mergeSets(before: Json, after: Json): Json {
  if (isElements(after)) return after
  const { add = [], remove = [] } = after as ElementsPatch
  if (isElements(before))
    return [...before.filter(element => !remove.includes(element) && !add.includes(element)), ...add]
  const { add: addedBefore = [], remove: removedBefore = [] } = before as ElementsPatch
  return {
    add: [...addedBefore.filter(element => !remove.includes(element) && !add.includes(element)), ...add],
    remove: [...removedBefore.filter(element => !add.includes(element) && !remove.includes(element)), ...remove],
  }
}

const incrementOf = (member: Json): number => (member as { readonly increment: number }).increment
const isElements = (member: Json): member is readonly Scalar[] => Array.isArray(member)
