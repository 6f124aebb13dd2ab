import { fromHexString, toHexString } from 'lib0/buffer'
import type * as decoding from 'lib0/decoding'
import * as encoding from 'lib0/encoding'
import { malformed } from './malformed.js'
import { readBytes } from './read.js'

const hashBytes = 8

/** A view's name (`queryHash`: 16 hex digits) as the 8 bytes it stands for; empty where there is none. */
export function writeViewHash(encoder: encoding.Encoder, hash: string): void {
  encoding.writeVarUint8Array(encoder, fromHexString(hash))
}

export function readViewHash(decoder: decoding.Decoder): string {
  const bytes = readBytes(decoder)
  if (bytes.byteLength !== 0 && bytes.byteLength !== hashBytes) throw malformed('a view is named by 8 bytes')
  return toHexString(bytes)
}
