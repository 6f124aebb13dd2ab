import type * as decoding from 'lib0/decoding'
import * as encoding from 'lib0/encoding'
import { malformed } from './malformed.js'
import { messageType } from './protocol.js'
import { readByte, readUint } from './read.js'

const reasons = ['access', 'cut', 'incarnation', 'behind', 'moving'] as const

/**
 * Why the node asks: the view is another one now; the log does not reach back to the cursor; the workspace was made anew;
 * or frames were dropped because the client was slow (its cursor is good, nothing needs to be named). `moving` asks for nothing:
 * the node moves a window or reads a body, and until its `caughtUp` the subscription stands where it is.
 */
export type ReconcileReason = (typeof reasons)[number]

/**
 * The node asks what the client holds (not if `moving`): it answers with the same `subscribe`, `held` filled in (null if `behind`, and where nothing is held
 * an empty one). Until then the subscription is not live.
 */
export interface Reconcile {
  readonly type: 'reconcile'
  readonly subId: number
  readonly reason: ReconcileReason
}

export function encodeReconcile(encoder: encoding.Encoder, message: Reconcile): void {
  encoding.writeUint8(encoder, messageType.reconcile)
  encoding.writeVarUint(encoder, message.subId)
  encoding.writeUint8(encoder, reasons.indexOf(message.reason))
}

export function decodeReconcile(decoder: decoding.Decoder): Reconcile {
  const subId = readUint(decoder)
  const reason = reasons[readByte(decoder)]
  if (reason === undefined) throw malformed('unknown reason to reconcile')
  return { type: 'reconcile', subId, reason }
}
