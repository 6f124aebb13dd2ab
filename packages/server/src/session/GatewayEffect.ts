import { isTidemarkError } from '@tidemark/core'
import type { Reads, RecordKey } from '../store/Store.js'
import type { Way } from './CatchUpRound.js'

/** What a workspace's gateway asks its runner to do. */
export type GatewayEffect =
  | { readonly kind: 'send'; readonly session: string; readonly frame: Uint8Array }
  /** A part of a catch-up; unless it is the last, `drained` is wanted when there is room for another. */
  | {
      readonly kind: 'sendPart'
      readonly session: string
      readonly frame: Uint8Array
      readonly isLast: boolean
      /** For the metrics. */
      readonly way: Way
    }
  /** What ends a catch-up: like its parts it comes at the pace of the client, and has no bound. */
  | { readonly kind: 'sendEnd'; readonly session: string; readonly frame: Uint8Array }
  /** Frames that wait for the session and have not left are void. */
  | { readonly kind: 'dropQueue'; readonly session: string }
  /** Read all of this at one moment and call `readDone` or `readFailed`. */
  | { readonly kind: 'read'; readonly session: string; readonly round: number; readonly reads: Reads }
  /** Ask again who the user is and what the role is, and call `rightsRead`. */
  | { readonly kind: 'readRights'; readonly session: string }
  /** Bodies whose editors it may see from now on. */
  | { readonly kind: 'bodiesCame'; readonly session: string; readonly bodies: readonly RecordKey[] }
  /** It has less in sight than before: what it shows of the rest is to be withdrawn. */
  | { readonly kind: 'lostSight'; readonly session: string }
  | { readonly kind: 'close'; readonly session: string; readonly code: SessionCloseCode; readonly message?: string }

export type SessionCloseCode =
  | 'FORBIDDEN'
  | 'WRONG_USER'
  | 'INVALID'
  | 'TOO_MANY_SUBSCRIPTIONS'
  | 'OUT_OF_ORDER'
  | 'INTERNAL'

/** The peer's fault closes its session with what was wrong; ours closes it with INTERNAL. */
export function closeFor(session: string, error: unknown): GatewayEffect {
  if (isTidemarkError(error) && error.code === 'INVALID') {
    return { kind: 'close', session, code: 'INVALID', message: error.message }
  }
  return { kind: 'close', session, code: 'INTERNAL', message: String(error) }
}
