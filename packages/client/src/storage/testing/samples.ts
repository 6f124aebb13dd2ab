import type { Mutation } from '@tidemark/core'
import type {
  NewEntry,
  OutboxEntry,
  ReplicaBatch,
  StoredOutcome,
  StoredRejection,
  StoredRow,
} from '../ReplicaStorage.js'

type EntryContent = NewEntry['entry']

/** A batch that changes nothing but what is named. */
export function batchOf(version: number, changes: Partial<Omit<ReplicaBatch, 'version'>> = {}): ReplicaBatch {
  return {
    version,
    rows: [],
    droppedRows: [],
    bodies: [],
    droppedBodies: [],
    subscriptions: [],
    droppedSubscriptions: [],
    settled: [],
    rejections: [],
    outcomes: [],
    ...changes,
  }
}

export function rowOf(id: string, views: readonly string[], title = id, collection = 'tasks'): StoredRow {
  return { collection, id, values: { title, votes: 0, labels: ['bug'], assignee: null }, views }
}

/** The same name gives the same write id: 22 URL-safe characters. */
export const writeIdOf = (name: string): string => `${name}${'A'.repeat(21 - name.length)}A`

export function updateOf(name: string, patch: Record<string, string> = { title: name }, bytes = 100): EntryContent {
  return contentOf(name, { kind: 'write', write: { op: 'update', collection: 'tasks', id: 't1', patch } }, bytes)
}

export function bodyUpdateOf(name: string, update: Uint8Array): EntryContent {
  return contentOf(name, { kind: 'body', collection: 'tasks', id: 't1', update }, update.byteLength)
}

function contentOf(name: string, mutation: Mutation, bytes: number): EntryContent {
  return { writeId: writeIdOf(name), stamp: 2048, seen: 0, mutation, queuedAt: 1, bytes }
}

export function rejectionOf(entry: OutboxEntry): StoredRejection {
  const answer = { number: entry.number, status: 'rejected', code: 'DENIED', details: null, message: 'no' } as const
  return { entry, answer, at: 7 }
}

export function outcomeOf(name: string, bytes = 20): StoredOutcome {
  return { writeId: writeIdOf(name), answer: { number: 1, status: 'accepted', result: name }, bytes }
}
