import type * as decoding from 'lib0/decoding'
import * as encoding from 'lib0/encoding'
import { messageType } from './protocol.js'
import { readUint } from './read.js'

/** Not now: what was just sent is not taken; to be sent again after this time. The session stays open. */
export interface Busy {
  readonly type: 'busy'
  readonly retryAfterMs: number
}

export function encodeBusy(encoder: encoding.Encoder, message: Busy): void {
  encoding.writeUint8(encoder, messageType.busy)
  encoding.writeVarUint(encoder, message.retryAfterMs)
}

export function decodeBusy(decoder: decoding.Decoder): Busy {
  return { type: 'busy', retryAfterMs: readUint(decoder) }
}
