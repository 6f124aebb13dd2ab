import type { Answer, Json, NumberedMutation, RowValues, Scalar } from '@tidemark/core'

/**
 * Where a replica lives: one database per server address, user and workspace. Each verb that writes is one
 * transaction: after a crash all of it is there or nothing. Every adapter runs `storageContract`. [G13] [G5]
 *
 * Several tabs use one database. Only the leader calls `apply`; every tab calls `enqueue`, `cancel` and `inbox`.
 */
export interface ReplicaStorage {
  /** Everything a replica starts with; rows and bodies are read apart. Makes a new one where there is none. */
  open(): Promise<StoredReplica>
  /** The confirmed rows that these subscriptions cover, or, by key, single ones; and the version they are of. */
  rows(of: { readonly views: readonly string[] } | { readonly keys: readonly RowKey[] }): Promise<StoredRows>
  body(key: RowKey): Promise<StoredBody | undefined>
  /** What a received message changed: rows, bodies, cursors, answered outbox entries and rejections together. */
  apply(batch: ReplicaBatch): Promise<void>
  /**
   * Gives new entries their numbers, in this order, and stores them; one whose `absorbInto` is still unsent takes that
   * one's place instead (`merged`) and its number. Throws `STORAGE_FULL` on quota; then none of them is there.
   */
  enqueue(entries: readonly NewEntry[]): Promise<readonly OutboxEntry[]>
  /** Entries from `from` on, in order, at most about `maxBytes`; marks them sent, before they are. */
  takeForSending(from: number, maxBytes: number): Promise<readonly OutboxEntry[]>
  /** Turns an unsent entry into a `void`, or into what is left of it; false if it was sent. */
  cancel(number: number, rest?: Omit<OutboxEntry, 'number' | 'isSent'>): Promise<boolean>
  /**
   * Begins anew as another replica: asks `verdict` about every entry, in order. A null keeps the entry under a new number
   * (1, 2, 3 …, unsent); a rejection takes its place in the inbox. Nothing is sent or answered yet under the new name.
   */
  renew(replica: string, verdict: (entry: OutboxEntry) => StoredRejection | null): Promise<StoredReplica>
  /** Takes a rejection out of the inbox. */
  acknowledge(writeId: string): Promise<void>
  /** Removes the whole database: nothing of the user is left. */
  destroy(): Promise<void>
  close(): Promise<void>
}

/** What subscriptions are read from. */
export type StoredReader = Pick<ReplicaStorage, 'rows' | 'body'>

export interface RowKey {
  readonly collection: string
  readonly id: string
}

/** A confirmed row and the subscriptions (by `StoredSubscription.key`) that cover it; with none and no outbox entry it is dropped. */
export interface StoredRow extends RowKey {
  readonly values: RowValues
  readonly views: readonly string[]
}

export interface StoredRows {
  /** `meta.version` when they were read. */
  readonly version: number
  readonly rows: readonly StoredRow[]
}

/** A confirmed body: its state and updates received since, merged now and then. */
export interface StoredBody extends RowKey {
  readonly state: Uint8Array
}

/** A subscription as it was last caught up; `key` is the client's canonical name of the target. */
export interface StoredSubscription {
  readonly key: string
  readonly viewHash: string
  readonly cursor: number
  /** Has moved with the session of this serial since: its cursor is that of `meta.live` if that is the one. */
  readonly liveIn?: number
  readonly bound: readonly Scalar[] | null
  /** Of a counted view. */
  readonly count?: number
  /** Ids of a list in order as last shown, for the first paint. */
  readonly lastResult?: readonly string[]
}

export interface OutboxEntry extends NumberedMutation {
  readonly queuedAt: number
  readonly isSent: boolean
  /** Size of its encoding, for the outbox bound. */
  readonly bytes: number
  /** The calls that it stands for; left out: the one that gave it its `writeId`. */
  readonly calls?: readonly string[]
}

export interface NewEntry {
  readonly entry: Omit<OutboxEntry, 'number' | 'isSent'>
  readonly absorbInto?: { readonly number: number; readonly merged: Omit<OutboxEntry, 'number' | 'isSent'> }
}

/** A rejected mutation with its content, kept until it is acknowledged. */
export interface StoredRejection {
  readonly entry: OutboxEntry
  readonly answer: Extract<Answer, { status: 'rejected' }>
  readonly at: number
  /** What was lost of a body, as text, where a body update was refused. */
  readonly text?: string
}

/** What calls came to, if that is more than `accepted`: for a tab that does not hear the answer, and after a reload. */
export interface StoredOutcome {
  readonly writeId: string
  /** The calls that it answers, as in `OutboxEntry`. */
  readonly calls?: readonly string[]
  readonly answer: Answer
  /** Size of the answer, for the bound. */
  readonly bytes: number
}

export interface ReplicaMeta {
  readonly replica: string
  readonly schemaVersion: number
  readonly incarnation: string
  /** Server's clock minus this one's, ms, as last measured. */
  readonly clockOffsetMs: number
  readonly epoch: number
  /** The last number given out, and the last one sent. */
  readonly lastNumber: number
  readonly sentNumber: number
  /** The greatest answered number. */
  readonly answeredNumber: number
  /** The last session and how far it came: the cursor of all subscriptions that are live in it. */
  readonly live: { readonly serial: number; readonly cursor: number }
  /** Counts applied batches: tabs order what they read and what they hear by it. */
  readonly version: number
  readonly extra: Readonly<Record<string, Json>>
}

export interface StoredReplica {
  readonly meta: ReplicaMeta
  readonly outbox: readonly OutboxEntry[]
  readonly inbox: readonly StoredRejection[]
  /** The `latestOutcomes`, in their order. */
  readonly outcomes: readonly StoredOutcome[]
  readonly subscriptions: readonly StoredSubscription[]
  /** How the browser keeps it; `evicted`: there was a replica here, and the browser has removed it. */
  readonly durability: 'persistent' | 'best-effort' | 'memory' | 'evicted'
}

export interface ReplicaBatch {
  /** `meta.version` after it. */
  readonly version: number
  readonly meta?: Partial<Omit<ReplicaMeta, 'version' | 'lastNumber' | 'sentNumber'>> & {
    readonly lastNumber?: number
    readonly sentNumber?: number
  }
  readonly rows: readonly StoredRow[]
  readonly droppedRows: readonly RowKey[]
  readonly bodies: readonly StoredBody[]
  readonly droppedBodies: readonly RowKey[]
  readonly subscriptions: readonly StoredSubscription[]
  readonly droppedSubscriptions: readonly string[]
  /** Numbers that were answered. */
  readonly settled: readonly number[]
  readonly rejections: readonly StoredRejection[]
  readonly outcomes: readonly StoredOutcome[]
}
