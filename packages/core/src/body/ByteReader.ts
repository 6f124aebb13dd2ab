import { decodeUtf8 } from 'lib0/string'
import { TidemarkError } from '../error/TidemarkError.js'

/**
 * Reads lib0's primitives from bytes nobody vouches for.
 *
 * Every read consumes at least one byte or throws `INVALID`, and nothing is allocated by a count that
 * was merely announced: the cost of reading is bounded by the bytes that are there.
 */
export class ByteReader {
  position = 0

  constructor(readonly bytes: Uint8Array) {}

  get isAtEnd(): boolean {
    return this.position === this.bytes.length
  }

  byte(): number {
    const byte = this.bytes[this.position]
    if (byte === undefined) return malformed('it ends too early')
    this.position++
    return byte
  }

  varUint(): number {
    return this.varRest(0, 1)
  }

  /** Passes over a signed integer: its first byte holds the sign and six bits. */
  skipVarInt(): void {
    if (this.byte() >= 0x80) this.varRest(0, 64)
  }

  private varRest(low: number, from: number): number {
    let value = low
    for (let scale = from; scale < 2 ** 56; scale *= 128) {
      const byte = this.byte()
      value += (byte & 0x7f) * scale
      if (value > Number.MAX_SAFE_INTEGER) return malformed('a number is too large')
      if (byte < 0x80) return value
    }
    return malformed('a number is too long')
  }

  skip(length: number): void {
    if (length > this.bytes.length - this.position) malformed('it ends too early')
    this.position += length
  }

  string(): string {
    const length = this.varUint()
    const start = this.position
    this.skip(length)
    return utf8(this.bytes.subarray(start, this.position))
  }

  /** Passes over a string and answers its length in UTF-16 units, which is what Yjs counts. */
  skipString(): number {
    const length = this.varUint()
    const start = this.position
    this.skip(length)
    for (let at = start; at < this.position; at++) {
      if (this.bytes[at]! >= 0x80) return utf8(this.bytes.subarray(start, this.position)).length
    }
    return length
  }
}

/** The same decoder as Yjs uses, so that both take and refuse the same bytes. */
function utf8(bytes: Uint8Array): string {
  try {
    return decodeUtf8(bytes)
  } catch {
    return malformed('a string is not UTF-8')
  }
}

export function malformed(reason: string): never {
  throw new TidemarkError('INVALID', `This is not a Yjs update (V1): ${reason}.`)
}
