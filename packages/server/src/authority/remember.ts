import { openBody, type RecordState, type SchemaModel, withDefaults } from '@tidemark/core'
import type { FoundRecord, RecordKey, StoredBody, StoredReplica } from '../store/Store.js'
import type { Unread } from './Draft.js'
import type { Task } from './Task.js'
import { keyOf, type WorkspaceMemory } from './WorkspaceMemory.js'

/** Puts what the store gave for a read into memory. */
export function remember(schema: SchemaModel, memory: WorkspaceMemory, { name, read }: Unread, result: unknown): void {
  switch (read.kind) {
    case 'records': {
      const states = result as readonly (RecordState | undefined)[]
      for (const [index, key] of read.keys.entries())
        memory.records.set(keyOf(key), filledIn(schema, key, states[index]))
      break
    }
    case 'body': {
      const { state, seq } = result as StoredBody
      const guid = keyOf(read.key)
      const bytes = state?.byteLength ?? 0
      const hot = state === null ? null : { doc: openBody(state, guid), seq, bytes, measuredBytes: bytes }
      memory.bodies.set(guid, hot)
      break
    }
    case 'replicas': {
      const found = result as readonly (StoredReplica | undefined)[]
      for (const [index, replica] of read.replicas.entries()) memory.replicas.set(replica, found[index] ?? null)
      break
    }
    case 'writers': {
      const users = result as readonly (string | undefined)[]
      for (const [index, id] of read.clientIds.entries()) memory.writers.set(String(id), users[index] ?? null)
      break
    }
    case 'list':
      memory.lists.set(
        name,
        (result as readonly FoundRecord[]).map(({ id, state }) => ({
          id,
          state: filledIn(schema, { collection: read.collection, id }, state) as RecordState,
        })),
      )
      break
    case 'count':
    case 'changed':
    case 'access':
    case 'log':
      break
  }
}

/** What deciding a task will surely read and is not in memory: loaded together, in one go to the store. */
export function expectedReads(memory: WorkspaceMemory, task: Task, into: Map<string, Unread>): void {
  if (task.kind === 'replica' && !memory.replicas.has(task.replica)) {
    const read = { kind: 'replicas', replicas: [task.replica] } as const
    into.set(`replica:${task.replica}`, { name: `replica:${task.replica}`, read })
  }
  const work = task.kind === 'replica' ? task.entry.mutation : task.work
  const writes = work.kind === 'write' ? [work.write] : work.kind === 'batch' ? work.writes : []
  for (const { collection, id } of work.kind === 'body' ? [work] : writes) {
    const key = { collection, id }
    const name = `record:${keyOf(key)}`
    if (!memory.records.has(keyOf(key))) into.set(name, { name, read: { kind: 'records', keys: [key] } })
  }
  if (work.kind === 'body') {
    const key = { collection: work.collection, id: work.id }
    const name = `body:${keyOf(key)}`
    if (!memory.bodies.has(keyOf(key))) into.set(name, { name, read: { kind: 'body', key } })
  }
}

/** Fields that are younger than the row read as their default. */
function filledIn(schema: SchemaModel, { collection }: RecordKey, state: RecordState | undefined): RecordState | null {
  if (state === undefined) return null
  const model = schema.collectionByName.get(collection)
  return model === undefined || state.removed ? state : { ...state, values: withDefaults(model, state.values) }
}
