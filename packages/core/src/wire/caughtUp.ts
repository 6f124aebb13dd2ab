import type * as decoding from 'lib0/decoding'
import * as encoding from 'lib0/encoding'
import type { Scalar } from '../json/Json.js'
import { messageType } from './protocol.js'
import { readCount, readUint } from './read.js'
import { decodeBound, encodeBound } from './subscribe.js'
import { readViewHash, writeViewHash } from './viewHash.js'

/**
 * These subscriptions hold everything up to `seq` and are live from there: their snapshot parts, if any,
 * are applied with this message.
 */
export interface CaughtUp {
  readonly type: 'caughtUp'
  readonly seq: number
  readonly subscriptions: readonly LiveView[]
}

export interface LiveView {
  readonly subId: number
  /** The node's number of the view in `enter`, `leave` and `count` chunks. */
  readonly view: number
  /** Hash of the query and-ed with the reader's read rule; to be kept beside the cursor. */
  readonly viewHash: string
  /** The window's inclusive upper end, null for everything. */
  readonly bound: readonly Scalar[] | null
}

export function encodeCaughtUp(encoder: encoding.Encoder, message: CaughtUp): void {
  encoding.writeUint8(encoder, messageType.caughtUp)
  encoding.writeVarUint(encoder, message.seq)
  encoding.writeVarUint(encoder, message.subscriptions.length)
  for (const { subId, view, viewHash, bound } of message.subscriptions) {
    encoding.writeVarUint(encoder, subId)
    encoding.writeVarUint(encoder, view)
    writeViewHash(encoder, viewHash)
    encodeBound(encoder, bound)
  }
}

export function decodeCaughtUp(decoder: decoding.Decoder): CaughtUp {
  const seq = readUint(decoder)
  const subscriptions: LiveView[] = []
  for (let left = readCount(decoder); left > 0; left--) {
    const subId = readUint(decoder)
    const view = readUint(decoder)
    const viewHash = readViewHash(decoder)
    subscriptions.push({ subId, view, viewHash, bound: decodeBound(decoder) })
  }
  return { type: 'caughtUp', seq, subscriptions }
}
