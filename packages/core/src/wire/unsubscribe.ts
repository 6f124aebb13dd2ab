import type * as decoding from 'lib0/decoding'
import * as encoding from 'lib0/encoding'
import { messageType } from './protocol.js'
import { readCount, readUint } from './read.js'

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
  for (let left = readCount(decoder); left > 0; left--) subIds.push(readUint(decoder))
  return { type: 'unsubscribe', subIds }
}
