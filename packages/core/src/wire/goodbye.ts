import * as decoding from 'lib0/decoding'
import * as encoding from 'lib0/encoding'
import { messageType } from './protocol.js'

/** The node's last message before it closes: a code of the error table and a sentence. */
export interface Goodbye {
  readonly type: 'goodbye'
  readonly code: string
  readonly message: string
}

export function encodeGoodbye(encoder: encoding.Encoder, message: Goodbye): void {
  encoding.writeUint8(encoder, messageType.goodbye)
  encoding.writeVarString(encoder, message.code)
  encoding.writeVarString(encoder, message.message)
}

export function decodeGoodbye(decoder: decoding.Decoder): Goodbye {
  return { type: 'goodbye', code: decoding.readVarString(decoder), message: decoding.readVarString(decoder) }
}
