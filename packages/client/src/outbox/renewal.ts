import { errorEntry, type RowWrite, type SchemaModel } from '@tidemark/core'
import type { StoredRejection } from '../storage/ReplicaStorage.js'

/** Whether a write may be made twice: an edit that only sets values and set elements. */
export function isRepeatableWrite(schema: SchemaModel, write: RowWrite): boolean {
  const model = schema.collectionByName.get(write.collection)
  if (write.op !== 'update' || model === undefined) return false
  return Object.keys(write.patch).every(field => model.fieldByName.get(field)?.kind !== 'counter')
}

export function unknownAnswer(number: number): StoredRejection['answer'] {
  const message = errorEntry('UNKNOWN').sentence
  return { number, status: 'rejected', code: 'UNKNOWN', details: { message }, message }
}
