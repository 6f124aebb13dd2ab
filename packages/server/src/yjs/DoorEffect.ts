import type { ErrorCode, RowValues } from '@tidemark/core'
import type { AwarenessEntry } from '../presence/awarenessUpdate.js'

export type DoorEffect =
  /** Read rights and body, and call `looked` or `refused`. */
  | { readonly kind: 'look' }
  | { readonly kind: 'send'; readonly frame: Uint8Array }
  /** A frame that may be as large as the body: call `flushed` when it has left. */
  | { readonly kind: 'sendSync'; readonly frame: Uint8Array }
  | { readonly kind: 'submit'; readonly number: number; readonly answered: number; readonly update: Uint8Array }
  | { readonly kind: 'announce'; readonly entries: readonly AwarenessEntry[] }
  /** Send what all others show. */
  | { readonly kind: 'showOthers' }
  /** Read no more of the socket; read on. */
  | { readonly kind: 'pause' | 'resume' }
  | { readonly kind: 'ping' }
  | { readonly kind: 'close'; readonly code: ErrorCode; readonly number: number; readonly reason: string }

/** What the user may do and what the body is. The rights are asked for after the body was read. */
export interface Look {
  readonly userId: string
  readonly role: 'read' | 'write'
  /** Whether this user may read the record when its row is this. */
  readonly isReadable: (row: RowValues) => boolean
  readonly head: number
  /** The body up to `head`; null if nothing was ever written. */
  readonly state: Uint8Array | null
  /** The token's end; null if it has none. */
  readonly expiresAtMs: number | null
}

export interface Refused {
  readonly code: ErrorCode
  /** Left out: the sentence of the code. */
  readonly sentence?: string
}
