import { errorEntry, type Mutation, type SchemaModel } from '@tidemark/core'
import type { OutboxEntry, StoredRejection } from '../storage/ReplicaStorage.js'

/**
 * What becomes of an entry when the workspace does not know its replica any more: null if it goes out under a new name. What
 * may have taken effect and would take effect twice is put before the person. [A7]
 */
export function verdictOnRenewal(schema: SchemaModel, entry: OutboxEntry, at: number): StoredRejection | null {
  if (!entry.isSent || isRepeatable(schema, entry.mutation)) return null
  const message = errorEntry('UNKNOWN').sentence
  const { number } = entry
  return { entry, at, answer: { number, status: 'rejected', code: 'UNKNOWN', details: { message }, message } }
}

/** Whether it may be done twice: a body, or an edit that only sets values and set elements. */
function isRepeatable(schema: SchemaModel, mutation: Mutation): boolean {
  if (mutation.kind !== 'write') return mutation.kind === 'body' || mutation.kind === 'void'
  const { write } = mutation
  const model = schema.collectionByName.get(write.collection)
  if (write.op !== 'update' || model === undefined) return false
  return Object.keys(write.patch).every(field => model.fieldByName.get(field)?.kind !== 'counter')
}
