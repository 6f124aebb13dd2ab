import {
  compareRows,
  compareSortKeys,
  compileMatcher,
  type ListQuery,
  type QueryRow,
  queryRowOf,
  type RowChange,
  rowBefore,
  type Scalar,
  type SchemaModel,
  sortKeyOf,
  withDefaults,
} from '@tidemark/core'
import { foldBody } from '../foldBody.js'
import type { ChangedRecord, FoundRecord, Read, RecordKey, StoredBody } from '../Store.js'
import { type LogEntry, type MemoryWorkspace, nameOf } from './MemoryDisk.js'
import { ownCopy } from './ownCopy.js'

/** Answers one read from the tables of a workspace, as plainly as it can be said. */
export function readMemory(schema: SchemaModel, workspace: MemoryWorkspace, read: Read): unknown {
  switch (read.kind) {
    case 'records':
      return read.keys.map(key => workspace.records.get(nameOf(key))?.state)
    case 'list':
      return list(schema, workspace, read.collection, read.query, read.after)
    case 'count':
      return matching(schema, workspace, read.collection, read.query).length
    case 'changed':
      return changed(workspace, read.collection, read.id, read.after)
    case 'body':
      return body(workspace, read.key, read.after)
    case 'access': {
      const isTheirs = ({ change }: LogEntry) =>
        change.kind === 'access' && (change.subject === null || change.subject === read.userId)
      return read.after < workspace.place.floor || entriesAfter(workspace, read.after).some(isTheirs)
    }
    case 'log': {
      if (read.after < workspace.place.floor) return 'cut'
      return entriesAfter(workspace, read.after)
        .slice(0, read.limit)
        .map(({ change }) => ownCopy(change))
    }
    case 'replicas':
      return read.replicas.map(replica => workspace.replicas.get(replica))
    case 'writers':
      return read.clientIds.map(clientId => workspace.writers.get(clientId))
  }
}

interface Match {
  readonly row: QueryRow
  readonly found: FoundRecord
}

function matching(schema: SchemaModel, workspace: MemoryWorkspace, collection: string, query: ListQuery): Match[] {
  const model = schema.collectionByName.get(collection)
  const isMatch = compileMatcher(query.where)
  const found: Match[] = []
  for (const { id, state, ...key } of workspace.records.values()) {
    if (key.collection !== collection || state.removed) continue
    const row = queryRowOf(id, model === undefined ? state.values : withDefaults(model, state.values))
    if (isMatch(row)) found.push({ row, found: { id, state } })
  }
  return found
}

function list(
  schema: SchemaModel,
  workspace: MemoryWorkspace,
  collection: string,
  query: ListQuery,
  after: readonly Scalar[] | undefined,
): FoundRecord[] {
  const { orderBy, limit } = query
  const compare = compareRows(orderBy)
  return matching(schema, workspace, collection, query)
    .filter(({ row }) => after === undefined || compareSortKeys(orderBy, sortKeyOf(orderBy, row), after) > 0)
    .sort((a, b) => compare(a.row, b.row))
    .slice(0, limit ?? undefined)
    .map(({ found }) => found)
}

function changed(
  workspace: MemoryWorkspace,
  collection: string,
  id: string | undefined,
  after: number,
): ChangedRecord[] | 'cut' {
  if (after < workspace.place.floor) return 'cut'
  const changesById = new Map<string, [RowChange, ...RowChange[]]>()
  for (const { change } of entriesAfter(workspace, after)) {
    if (change.kind === 'access' || change.kind === 'body') continue
    if (change.collection !== collection || (id !== undefined && change.id !== id)) continue
    const known = changesById.get(change.id)
    if (known === undefined) changesById.set(change.id, [change])
    else known.push(change)
  }
  return Array.from(changesById, ([id, changes]) => {
    const { state } = mustFind(workspace, { collection, id })
    return { id, state, before: rowBefore(changes[0]), rows: changes.map(change => change.after) }
  })
}

function mustFind(workspace: MemoryWorkspace, key: RecordKey) {
  const record = workspace.records.get(nameOf(key))
  if (record === undefined) throw new Error(`The log names ${nameOf(key)}, which was never stored.`)
  return record
}

function body(workspace: MemoryWorkspace, key: RecordKey, after: number | undefined): StoredBody {
  const stored = workspace.bodies.get(nameOf(key))
  if (stored === undefined) return { state: null, seq: 0, ...(after !== undefined && { updates: [] }) }
  const { seq, contained } = stored
  const state = foldBody(stored.state, updatesAfter(workspace, key, contained)).slice()
  if (after === undefined) return { state, seq }
  const isCut = after < workspace.place.floor && after < seq
  return { state, seq, updates: isCut ? null : updatesAfter(workspace, key, after) }
}

/** A body's updates in the log after a position, oldest first. */
export function updatesAfter(workspace: MemoryWorkspace, { collection, id }: RecordKey, after: number): Uint8Array[] {
  return entriesAfter(workspace, after).flatMap(({ change }) =>
    change.kind === 'body' && change.collection === collection && change.id === id ? [change.update.slice()] : [],
  )
}

function entriesAfter({ log, place }: MemoryWorkspace, after: number): readonly LogEntry[] {
  return log.slice(Math.max(0, after - place.floor))
}
