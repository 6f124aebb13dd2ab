import type { Receipt } from '@tidemark/core'
import type { RowKey } from '../storage/ReplicaStorage.js'

/** What the replica gives to whoever shows a record's body. It moves bytes and opens no Yjs document. */
export interface BodySource {
  /** The body as it stands here: confirmed state and the updates of the outbox, in order. */
  load(key: RowKey): Promise<BodyBytes>
  /** Watches the body on the node until the returned function is called; `listener` hears all that follows. */
  watch(key: RowKey, listener: (event: BodyEvent) => void): () => void
  /** Puts a local update into the outbox. */
  write(key: RowKey, update: Uint8Array): Receipt
  /** Hands an awareness update to the other editors of the body. */
  sendAwareness(key: RowKey, update: Uint8Array): void
}

export interface BodyBytes {
  /** Null: nothing is known of this body here. */
  readonly state: Uint8Array | null
  readonly pending: readonly Uint8Array[]
  /** Whether the node has told all there is; false offline with nothing here. */
  readonly isComplete: boolean
}

export type BodyEvent =
  /** A confirmed update from elsewhere (own ones come back too and change nothing). */
  | { readonly kind: 'update'; readonly update: Uint8Array }
  /** Caught up with the node, or gone out of reach. */
  | { readonly kind: 'status'; readonly status: 'loading' | 'ready' | 'missing' | 'unavailable' }
  /** Pending updates were refused: load again, under a new Yjs client id, and show a new text object. */
  | { readonly kind: 'rebuild' }
  | { readonly kind: 'awareness'; readonly update: Uint8Array }
