import * as decoding from 'lib0/decoding'
import * as encoding from 'lib0/encoding'
import { readCount } from './json.js'
import { messageType } from './protocol.js'

/** The client no longer watches these. */
export interface Unsubscribe {
  readonly type: 'unsubscribe'
  readonly subIds: readonly number[]
}

export function encodeUnsubscribe(encoder: encoding.Encoder, message: Unsubscribe): void {
  encoding.writeUint8(encoder, messageType.unsubscribe)
  encoding.writeVarUint(encoder, message.subIds.length)
  for (const subId of message.subIds) encoding.writeVarUint(encoder, subId)
}

export function decodeUnsubscribe(decoder: decoding.Decoder): Unsubscribe {
  const subIds: number[] = []
  for (let left = readCount(decoder); left > 0; left--) subIds.push(decoding.readVarUint(decoder))
  return { type: 'unsubscribe', subIds }
}
