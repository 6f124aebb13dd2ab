import * as decoding from 'lib0/decoding'

/**
 * A length and so many bytes, as a copy. lib0 alone would read on past the end where the frame is a view of a
 * larger buffer, and so give away what others sent.
 */
export function readBytes(decoder: decoding.Decoder): Uint8Array {
  const length = decoding.readVarUint(decoder)
  if (length > decoder.arr.length - decoder.pos) throw new Error('the frame is cut off')
  return decoding.readUint8Array(decoder, length).slice()
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

export const readText = (decoder: decoding.Decoder): string => utf8.decode(readBytes(decoder))
