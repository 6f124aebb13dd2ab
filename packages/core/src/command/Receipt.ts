import type { OutcomeOf } from './Outcome.js'

/** What a write returns. Not thenable on purpose: nobody should wait for the network by accident. */
// biome-ignore lint/complexity/noBannedTypes: no rejections of its own
export interface Receipt<R = void, J = {}> {
  /** As in the outbox and the inbox. */
  readonly writeId: string
  /** Resolves when it is in the browser's storage: it survives a crash. */
  readonly saved: Promise<void>
  /** Resolves when it is decided, and never throws; stays open while it is queued. */
  readonly outcome: Promise<OutcomeOf<R, J>>
  /** `false`: too late, it was sent. */
  cancel(): Promise<boolean>
}

export interface InsertReceipt extends Receipt {
  /** The record's id. */
  readonly id: string
}
