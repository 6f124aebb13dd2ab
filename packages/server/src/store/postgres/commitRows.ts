import type { CommittedChange } from '@tidemark/core'
import { entryBytes } from '../entryBytes.js'
import type { RecordKey, WorkspaceCommit } from '../Store.js'
import { changeKinds } from '../sql/changeKinds.js'

/** The rows that a batch writes, by table, as `commitSql` names their columns. */
export interface CommitRows {
  readonly parts: object[]
  readonly changes: object[]
  readonly records: object[]
  readonly bodies: BodyRow[]
  readonly replicas: object[]
  readonly writers: object[]
}

interface ChangeRow {
  readonly bytes: number
  readonly [column: string]: unknown
}

interface BodyRow extends RecordKey {
  readonly workspace: string
  seq: number
  /** 0: the stored state stays, and the tail is added to its own. */
  readonly contained: number
  readonly state: string | null
  tail_bytes: number
  /** It went with its record: what is stored of it, if anything, is emptied. */
  readonly removed: boolean
}

export function commitRows(workspaces: readonly WorkspaceCommit[]): CommitRows {
  const rows: CommitRows = { parts: [], changes: [], records: [], bodies: [], replicas: [], writers: [] }
  for (const part of workspaces) addPart(rows, part)
  return rows
}

function addPart(rows: CommitRows, part: WorkspaceCommit): void {
  const { workspace, to, changes, records, replicas, writers } = part
  let logBytes = 0
  for (const change of changes) {
    const row = changeRow(workspace, change)
    logBytes += row.bytes
    rows.changes.push(row)
  }
  rows.parts.push({ workspace, to, bytes: logBytes })
  for (const { collection, id, state } of records) {
    const { seq, removed, values: fields, marks } = state
    rows.records.push({ workspace, collection, id, seq, removed, fields, marks })
  }
  rows.bodies.push(...bodyRows(part))
  for (const { replica, userId, lastNumber, lastStamp, answers, seenAt } of replicas) {
    const numbers = { last_number: lastNumber, last_stamp: lastStamp, seen_at: seenAt }
    rows.replicas.push({ workspace, replica, user_id: userId, answers, ...numbers })
  }
  for (const { clientId, userId } of writers) rows.writers.push({ workspace, client_id: clientId, user_id: userId })
}

function changeRow(workspace: string, change: CommittedChange): ChangeRow {
  const { kind, seq, userId, at } = change
  const base = { workspace, seq, kind: changeKinds[kind], user_id: userId, at }
  if (change.kind === 'access') return { ...base, id: change.subject, bytes: entryBytes(null) }
  const { collection, id } = change
  if (change.kind === 'body') {
    const { update } = change
    return { ...base, collection, id, body_update: base64(update), bytes: entryBytes(update) }
  }
  const { before, fields } = change
  const bytes = entryBytes(before && JSON.stringify(before))
  return { ...base, collection, id, fields, before, bytes }
}

/** One row for each body that the part gives whole, lets grow or takes away. */
function bodyRows({ workspace, changes, records, bodies }: WorkspaceCommit): Iterable<BodyRow> {
  const nameOf = ({ collection, id }: RecordKey) => `${collection} ${id}`
  const rowByName = new Map<string, BodyRow>()
  const put = (
    { collection, id }: RecordKey,
    rest: Pick<BodyRow, 'seq' | 'contained' | 'state' | 'removed'>,
  ): BodyRow => {
    const row = { workspace, collection, id, tail_bytes: 0, ...rest }
    rowByName.set(nameOf(row), row)
    return row
  }
  for (const body of bodies)
    put(body, { seq: body.seq, contained: body.seq, state: base64(body.state), removed: false })
  for (const { state, ...key } of records) {
    if (state.removed) put(key, { seq: state.seq, contained: state.seq, state: null, removed: true })
  }
  for (const change of changes) {
    if (change.kind !== 'body') continue
    const { seq, update } = change
    const row = rowByName.get(nameOf(change)) ?? put(change, { seq, contained: 0, state: null, removed: false })
    if (seq <= row.contained) continue
    row.seq = seq
    row.tail_bytes += update.byteLength
  }
  return rowByName.values()
}

const base64 = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64')
