import type { Answer, CommittedChange, ListQuery, RecordState, RowValues, Scalar, Stamp } from '@tidemark/core'
import type { Mailbox } from './Mailbox.js'
import type { ShardClaim, ShardTable } from './ShardTable.js'

/**
 * The durable truth. Every adapter runs `storeContract`.
 *
 * All that one `read` asks for is answered from one moment, with the head of that moment. A `commit` is
 * one transaction: all of it or nothing, refused if an epoch is no longer the shard's, or if a workspace's
 * head is not where the batch begins.
 *
 * Rows are given as they were stored; whoever shows them fills in what they lack (`withDefaults`). Queries and
 * orders see them filled in.
 */
export interface Store extends ShardTable, Mailbox {
  /** The workspace's place in the order; made, in that shard, if it is new. */
  open(workspace: string, shard: number): Promise<WorkspacePlace>
  read<const R extends Reads>(workspace: string, reads: R): Promise<ReadResult<R>>
  /** Where these workspaces stand, in their order; 0 for one that is not there. */
  heads(workspaces: readonly string[]): Promise<readonly number[]>
  /** The same with what is known of a replica in each, as of that moment. */
  standings(asked: readonly AskedStanding[]): Promise<readonly Standing[]>
  commit(batch: CommitBatch): Promise<CommitOutcome>
  /** Folds bodies, cuts the log above its bounds, forgets replicas not seen for long. Small steps, safe at any time. */
  tend(policy: Retention, nowMs: number): Promise<void>
  close(): Promise<void>
}

export interface WorkspacePlace {
  readonly shard: number
  readonly head: number
  /** The log holds the changes after it. */
  readonly floor: number
  /** Random, made with the workspace: a lost and remade one has another. */
  readonly incarnation: string
}

// ── reading

export interface RecordKey {
  readonly collection: string
  readonly id: string
}

export type Read =
  /** Records by key, tombstones included; undefined where there is none. */
  | { readonly kind: 'records'; readonly keys: readonly RecordKey[] }
  /** Rows of a list in its order; of those after `after` (a sort key, exclusive) if given. */
  | {
      readonly kind: 'list'
      readonly collection: string
      readonly query: ListQuery
      readonly after?: readonly Scalar[] | undefined
    }
  /** How many rows match; order and limit do not count. */
  | { readonly kind: 'count'; readonly collection: string; readonly query: ListQuery }
  /** What became of the rows that changed after a cursor, by their first change since; `cut` if the log does not reach back so far. */
  | { readonly kind: 'changed'; readonly collection: string; readonly id?: string | undefined; readonly after: number }
  /** A body; with `after`, also the updates since then, or null where the log does not reach back so far. */
  | { readonly kind: 'body'; readonly key: RecordKey; readonly after?: number | undefined }
  /** Whether the rights of this user, or of everyone, were changed after a position; true if the log does not reach back so far. */
  | { readonly kind: 'access'; readonly userId: string; readonly after: number }
  /** The log itself, at most `limit` entries after a position; `cut` if it does not reach back so far. */
  | { readonly kind: 'log'; readonly after: number; readonly limit: number }
  | { readonly kind: 'replicas'; readonly replicas: readonly string[] }
  /** The users that Yjs client ids are bound to. */
  | { readonly kind: 'writers'; readonly clientIds: readonly number[] }

export type Reads = Readonly<Record<string, Read>>

export interface FoundRecord {
  readonly id: string
  readonly state: RecordState
}

/** A record that changed after a cursor. */
export interface ChangedRecord {
  readonly id: string
  /** Now; tombstone if removed. */
  readonly state: RecordState
  /** The row at the cursor; null if it was made since. */
  readonly before: RowValues | null
  /** Its row changes since the cursor, oldest first, each with its whole row after it: for rules that ask about every moment. */
  readonly rows: readonly (RowValues | null)[]
}

export interface StoredBody {
  /** Yjs state containing every update up to `seq`, garbage-collected; null if there is no body: it goes with its record. */
  readonly state: Uint8Array | null
  /** The body's last change; 0 if there is no body. */
  readonly seq: number
  /** Updates after the asked position, oldest first; null if some of them were cut off the log. Absent if not asked for. */
  readonly updates?: readonly Uint8Array[] | null
}

export interface StoredReplica {
  readonly replica: string
  readonly userId: string
  readonly lastNumber: number
  readonly lastStamp: Stamp
  /** Answers that the replica has not confirmed to have, ascending; a missing one was a plain `accepted`. */
  readonly answers: readonly Answer[]
  readonly seenAt: number
}

export interface AskedStanding {
  readonly workspace: string
  /** Null: only the head is asked for. */
  readonly replica: string | null
}

export interface Standing {
  readonly head: number
  readonly known: StoredReplica | undefined
}

interface ResultByKind {
  records: readonly (RecordState | undefined)[]
  list: readonly FoundRecord[]
  count: number
  changed: readonly ChangedRecord[] | 'cut'
  body: StoredBody
  access: boolean
  log: readonly CommittedChange[] | 'cut'
  replicas: readonly (StoredReplica | undefined)[]
  writers: readonly (string | undefined)[]
}

export type ReadResult<R extends Reads> = { readonly head: number } & {
  readonly [K in keyof R]: ResultByKind[R[K]['kind']]
}

// ── writing

/** One transaction over all shards of a node that have work. */
export interface CommitBatch {
  /** The fences; a batch of only these releases answers that changed nothing. */
  readonly epochs: readonly ShardClaim[]
  readonly workspaces: readonly WorkspaceCommit[]
}

export interface WorkspaceCommit {
  readonly workspace: string
  /** The head it builds on, and the head after it. */
  readonly from: number
  readonly to: number
  readonly changes: readonly CommittedChange[]
  readonly records: readonly (RecordKey & { readonly state: RecordState })[]
  /** Whole states of small bodies; those of large ones are only in `changes` until `tend` folds them. */
  readonly bodies: readonly (RecordKey & { readonly seq: number; readonly state: Uint8Array })[]
  readonly replicas: readonly StoredReplica[]
  readonly writers: readonly { readonly clientId: number; readonly userId: string }[]
}

export type CommitOutcome =
  | { readonly status: 'committed' }
  /** These shards belong to someone else now, or were not named; nothing was written. */
  | { readonly status: 'fenced'; readonly shards: readonly number[] }
  /** The heads of these workspaces are not where their parts begin; nothing was written. What is held of them is void. */
  | { readonly status: 'overtaken'; readonly workspaces: readonly string[] }
  /** The content of this workspace's part cannot be stored; nothing was written. */
  | { readonly status: 'refused'; readonly workspace: string; readonly reason: string }
  /** Nothing is known: it may have happened or may yet. Resolved by a new epoch, never by looking. */
  | { readonly status: 'unknown'; readonly error: Error }

export interface Retention {
  /** The log is kept for so long, and up to so many bytes a workspace. */
  readonly logAgeMs: number
  readonly logBytes: number
  /** A replica is forgotten when it was not seen for so long. */
  readonly replicaAgeMs: number
  /** One of a y-websocket connection or of a request: when it was not seen for so long. Listeners never are. */
  readonly passingReplicaAgeMs: number
}
