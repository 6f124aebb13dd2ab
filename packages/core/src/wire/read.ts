import * as decoding from 'lib0/decoding'
import { TidemarkError } from '../error/TidemarkError.js'
import { malformed } from './malformed.js'

/** What `read` makes of all the bytes. Throws `BAD_FRAME` and nothing else, whatever they are. */
export function decodeWhole<T>(bytes: Uint8Array, read: (decoder: decoding.Decoder) => T): T {
  const decoder = decoding.createDecoder(bytes)
  let content: T
  try {
    content = read(decoder)
  } catch (error) {
    if (error instanceof TidemarkError) throw error
    throw malformed('it ends too early or holds an impossible number')
  }
  if (decoding.hasContent(decoder)) throw malformed('it goes on after its end')
  return content
}

// The readers of lib0 answer `undefined` or 0 beyond the end, and numbers that are no longer exact. These refuse both.

export function readByte(decoder: decoding.Decoder): number {
  if (decoder.pos >= decoder.arr.length) throw malformed('it ends too early')
  return decoding.readUint8(decoder)
}

export function readFlag(decoder: decoding.Decoder): boolean {
  const byte = readByte(decoder)
  if (byte > 1) throw malformed('a flag is neither 0 nor 1')
  return byte === 1
}

export function readUint(decoder: decoding.Decoder): number {
  const value = decoding.readVarUint(decoder)
  if (value > Number.MAX_SAFE_INTEGER) throw malformed('a number is too large')
  return value
}

export function readInt(decoder: decoding.Decoder): number {
  if (decoder.pos >= decoder.arr.length) throw malformed('it ends too early')
  const value = decoding.readVarInt(decoder)
  if (!Number.isSafeInteger(value) || Object.is(value, -0)) throw malformed('a number is too large, or −0')
  return value
}

/** A count of things to come, each at least a byte long: never more than the bytes that are left. */
export function readCount(decoder: decoding.Decoder): number {
  const count = decoding.readVarUint(decoder)
  if (count > decoder.arr.length - decoder.pos) throw malformed('a count is larger than the frame')
  return count
}

/** A copy, so that what is kept of a frame does not keep the frame. */
export function readBytes(decoder: decoding.Decoder): Uint8Array {
  return decoding.readVarUint8Array(decoder).slice()
}
