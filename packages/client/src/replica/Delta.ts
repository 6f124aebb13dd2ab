import type { Answer, RowValues } from '@tidemark/core'
import type {
  ReplicaMeta,
  RowKey,
  StoredOutcome,
  StoredRejection,
  StoredRow,
  StoredSubscription,
} from '../storage/ReplicaStorage.js'
import type { Known } from './coverage.js'

/**
 * What one message of the node made of the confirmed state. It is applied in one step in the leader, stored in one
 * transaction, and then applied in the same way by the other tabs.
 */
export interface Delta {
  readonly rows: readonly DeltaRow[]
  readonly droppedRows: readonly DroppedRow[]
  /** Subscriptions whose stored form changed; those that are live from here on are in `live` too. */
  readonly subscriptions: readonly StoredSubscription[]
  readonly live: readonly string[]
  /** Subscriptions that are no longer kept. */
  readonly forgotten: readonly string[]
  /** The session's position: the cursor of everything that is live. Null: unchanged. */
  readonly position: { readonly serial: number; readonly cursor: number } | null
  readonly bodies: readonly BodyDelta[]
  readonly answers: readonly Answer[]
  /** Rejected entries with their content, made by the leader. */
  readonly rejections: readonly StoredRejection[]
  /** What is kept of the answers, made by the leader. */
  readonly outcomes: readonly StoredOutcome[]
  readonly events: readonly RowEvent[]
  readonly meta: Partial<Pick<ReplicaMeta, 'incarnation' | 'clockOffsetMs' | 'epoch' | 'schemaVersion' | 'extra'>>
}

/** A row as it is now, and the subscriptions that cover it as far as they are known. */
export type DeltaRow = StoredRow & Known

export type DroppedRow = RowKey &
  Known & {
    /** `removed`: gone for everyone. `denied`: may not be read any more. `left`: out of what is watched. */
    readonly why: 'removed' | 'denied' | 'left'
  }

export type BodyDelta = RowKey &
  (
    | { readonly kind: 'update'; readonly update: Uint8Array }
    /** `isAnother`: it takes the place of one that was held. */
    | { readonly kind: 'state'; readonly state: Uint8Array; readonly isAnother: boolean }
    | { readonly kind: 'dropped' }
  )

/** One step of a row as a listener of a subscription is told. */
export interface RowEvent extends RowKey {
  /** The subscription in whose eyes it happened so. */
  readonly key: string
  readonly kind: 'insert' | 'update' | 'remove' | 'enter' | 'leave' | 'gap'
  readonly seq: number
  readonly by: string
  readonly at: number
  readonly before: RowValues | undefined
  readonly after: RowValues | undefined
  readonly fields: readonly string[]
  /** Of a gap: where it begins. */
  readonly from?: number
}

export const emptyDelta: Delta = {
  rows: [],
  droppedRows: [],
  subscriptions: [],
  live: [],
  forgotten: [],
  position: null,
  bodies: [],
  answers: [],
  rejections: [],
  outcomes: [],
  events: [],
  meta: {},
}
