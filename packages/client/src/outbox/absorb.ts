import { type CollectionModel, type Mutation, msOfStamp, type RowValues, type SchemaModel } from '@tidemark/core'
import { mergePatches } from './mergePatches.js'
import type { EntryPart } from './PendingEntry.js'

/** Edits made within this time count as made together. */
const maxSpanMs = 5_000

/**
 * The edit that stands for all of the parts, or undefined if they must stay apart. All edit one record.
 *
 * The entry gets the stamp of its latest part, and the later edit wins per field everywhere: so a field may not be
 * carried along to a much later stamp than it was edited at. And what a removal from a set had seen must be
 * the same for all.
 */
export function absorb(schema: SchemaModel, parts: readonly EntryPart[]): Mutation | undefined {
  const [first, ...later] = parts
  const target = first && updateOf(first.mutation)
  const model = target && schema.collectionByName.get(target.collection)
  if (first === undefined || target === undefined || model === undefined) return undefined
  let patch: RowValues = target.patch
  for (const part of later) {
    const write = updateOf(part.mutation)
    if (write === undefined || write.collection !== target.collection || write.id !== target.id) return undefined
    const isTogether = msOfStamp(part.stamp) - msOfStamp(first.stamp) <= maxSpanMs
    if (!isTogether && !coversRegisters(model, patch, write.patch)) return undefined
    if (part.seen !== first.seen && (hasSet(model, patch) || hasSet(model, write.patch))) return undefined
    const merged = mergePatches(model, patch, write.patch)
    if (merged === undefined) return undefined
    patch = merged
  }
  return { kind: 'write', write: { ...target, patch } }
}

export function updateOf(
  mutation: Mutation,
): { readonly op: 'update'; readonly collection: string; readonly id: string; readonly patch: RowValues } | undefined {
  return mutation.kind === 'write' && mutation.write.op === 'update' ? mutation.write : undefined
}

function coversRegisters(model: CollectionModel, earlier: RowValues, later: RowValues): boolean {
  return Object.keys(earlier).every(field => {
    const kind = model.fieldByName.get(field)?.kind
    return kind === 'counter' || kind === 'set' || Object.hasOwn(later, field)
  })
}

function hasSet(model: CollectionModel, patch: RowValues): boolean {
  return Object.keys(patch).some(field => model.fieldByName.get(field)?.kind === 'set')
}
