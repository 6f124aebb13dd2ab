import {
  type CollectionModel,
  checkInsert,
  checkPatch,
  editValues,
  type FieldEdits,
  isTidemarkError,
  type RowValues,
  type RowWrite,
  withDefaults,
} from '@tidemark/core'

/** Who writes, when by the authority's clock, and whether decided fields may be set. */
export interface Writer {
  readonly userId: string
  readonly atMs: number
  readonly decided: boolean
}

/** Why a write would be refused as things stand here. */
export type WriteFault = 'EXISTS' | 'NOT_FOUND' | 'INVALID'

/**
 * What a row looks like after a pending write: as the authority will do it, on plain values. A write that cannot be done
 * as things stand leaves the row as it is and says why.
 */
export function applyWrite(
  model: CollectionModel,
  row: RowValues | undefined,
  write: RowWrite,
  writer: Writer,
): { readonly row: RowValues | undefined; readonly fault?: WriteFault } {
  try {
    switch (write.op) {
      case 'insert':
        return row === undefined ? { row: inserted(model, write.values, writer) } : { row, fault: 'EXISTS' }
      case 'upsert':
        if (row === undefined) return { row: inserted(model, write.values, writer) }
        return { row: edited(model, row, upsertEdits(model, write.values, writer), writer) }
      case 'update':
        if (row === undefined) return { row, fault: 'NOT_FOUND' }
        return { row: edited(model, row, checkPatch(model, write.patch, writer), writer) }
      case 'remove':
        return row === undefined ? { row, fault: 'NOT_FOUND' } : { row: undefined }
    }
  } catch (error) {
    // Made under another schema: the node will answer OUTDATED or INVALID, until then it is not drawn.
    if (isTidemarkError(error)) return { row, fault: 'INVALID' }
    throw error
  }
}

function inserted(model: CollectionModel, input: RowValues, writer: Writer): RowValues {
  const { values } = checkInsert(model, input, writer)
  const { atMs, userId } = writer
  return { ...values, $createdAt: atMs, $createdBy: userId, $updatedAt: atMs, $updatedBy: userId }
}

function edited(model: CollectionModel, row: RowValues, edits: FieldEdits, { atMs, userId }: Writer): RowValues {
  return editValues(withDefaults(model, row), edits, atMs, userId)
}

/** An upsert of a record that is there sets the fields it names; counters keep their count. */
function upsertEdits(model: CollectionModel, values: RowValues, writer: Writer): FieldEdits {
  const patch: Record<string, RowValues[string]> = {}
  for (const [field, value] of Object.entries(values)) {
    const kind = model.fieldByName.get(field)?.kind
    if (field !== 'id' && kind !== 'counter' && kind !== 'text') patch[field] = value
  }
  return checkPatch(model, patch, writer)
}
