import type * as decoding from 'lib0/decoding'
import * as encoding from 'lib0/encoding'
import { messageType } from './protocol.js'
import { readUint } from './read.js'

/** Sent after 8 s of silence: the session has been served up to `seq`, so cursors of quiet subscriptions move there. */
export interface Heartbeat {
  readonly type: 'heartbeat'
  readonly seq: number
}

export function encodeHeartbeat(encoder: encoding.Encoder, message: Heartbeat): void {
  encoding.writeUint8(encoder, messageType.heartbeat)
  encoding.writeVarUint(encoder, message.seq)
}

export function decodeHeartbeat(decoder: decoding.Decoder): Heartbeat {
  return { type: 'heartbeat', seq: readUint(decoder) }
}
