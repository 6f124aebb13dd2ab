import type * as decoding from 'lib0/decoding'
import * as encoding from 'lib0/encoding'
import { messageType } from './protocol.js'
import { readBytes, readFlag, readUint } from './read.js'

/** A stretch of the bytes of one mutation that is too large for a frame. The parts come in order, nothing between them. */
export interface PushPart {
  readonly type: 'pushPart'
  readonly number: number
  readonly isLast: boolean
  readonly bytes: Uint8Array
}

export function encodePushPart(encoder: encoding.Encoder, message: PushPart): void {
  encoding.writeUint8(encoder, messageType.pushPart)
  encoding.writeVarUint(encoder, message.number)
  encoding.writeUint8(encoder, message.isLast ? 1 : 0)
  encoding.writeVarUint8Array(encoder, message.bytes)
}

export function decodePushPart(decoder: decoding.Decoder): PushPart {
  const number = readUint(decoder)
  const isLast = readFlag(decoder)
  return { type: 'pushPart', number, isLast, bytes: readBytes(decoder) }
}
