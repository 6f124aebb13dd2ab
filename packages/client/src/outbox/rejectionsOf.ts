import type { RowValues } from '@tidemark/core'
import type { OutboxEntry, StoredRejection } from '../storage/ReplicaStorage.js'
import type { SettledEntry } from './Outbox.js'
import { numberOf } from './PendingEntry.js'
import { textOfUpdate } from './textOfUpdate.js'

/** What goes into the inbox of answered entries: refused ones with their content, and the refused fields of edits. [G15] */
export function rejectionsOf(settled: readonly SettledEntry[], at: number): StoredRejection[] {
  const rejections: StoredRejection[] = []
  for (const { entry, answer } of settled) {
    const { writeId, mutation, stamp, seen, queuedAt, bytes } = entry
    const stored: OutboxEntry = {
      writeId,
      mutation,
      stamp,
      seen,
      queuedAt,
      bytes,
      isSent: true,
      number: numberOf(entry) ?? 0,
    }
    if (answer.status === 'rejected') {
      if (mutation.kind === 'void') continue
      const text = mutation.kind === 'body' ? { text: textOfUpdate(mutation.update) } : {}
      rejections.push({ entry: stored, answer, at, ...text })
    } else if (answer.refused && mutation.kind === 'write' && 'patch' in mutation.write) {
      const { fields, reason } = answer.refused
      const patch = pick(mutation.write.patch, fields)
      rejections.push({
        entry: { ...stored, mutation: { kind: 'write', write: { ...mutation.write, patch } } },
        answer: {
          number: answer.number,
          status: 'rejected',
          code: 'DENIED',
          details: { message: reason },
          message: reason,
        },
        at,
      })
    }
  }
  return rejections
}

function pick(values: RowValues, fields: readonly string[]): RowValues {
  return Object.fromEntries(Object.entries(values).filter(([field]) => fields.includes(field)))
}
