import * as decoding from 'lib0/decoding'
import * as encoding from 'lib0/encoding'
import { isPrototypeKey } from '../json/checkJson.js'
import type { Json } from '../json/Json.js'
import { malformed } from './malformed.js'
import { readByte, readCount, readInt } from './read.js'

/** Deeper than any value that passes `checkJson`, with whatever stands around it in a message. */
const maxDepth = 80
const tag = { null: 0, false: 1, true: 2, int: 3, float: 4, string: 5, array: 6, object: 7 } as const

/** JSON in a tag byte and its content; small integers and short strings take two bytes and up. */
export function writeJson(encoder: encoding.Encoder, value: Json): void {
  if (value === null) encoding.writeUint8(encoder, tag.null)
  else if (value === false) encoding.writeUint8(encoder, tag.false)
  else if (value === true) encoding.writeUint8(encoder, tag.true)
  else if (typeof value === 'number') writeNumber(encoder, value)
  else if (typeof value === 'string') {
    encoding.writeUint8(encoder, tag.string)
    encoding.writeVarString(encoder, value)
  } else if (Array.isArray(value)) {
    encoding.writeUint8(encoder, tag.array)
    encoding.writeVarUint(encoder, value.length)
    for (const element of value as readonly Json[]) writeJson(encoder, element)
  } else {
    const entries = Object.entries(value)
    encoding.writeUint8(encoder, tag.object)
    encoding.writeVarUint(encoder, entries.length)
    for (const [key, element] of entries) {
      encoding.writeVarString(encoder, key)
      writeJson(encoder, element as Json)
    }
  }
}

/** Reads what `writeJson` wrote: nothing hostile gets deep, becomes a prototype or claims more than was sent. */
export function readJson(decoder: decoding.Decoder, depth = 0): Json {
  if (depth > maxDepth) throw malformed('JSON nested too deep')
  switch (readByte(decoder)) {
    case tag.null:
      return null
    case tag.false:
      return false
    case tag.true:
      return true
    case tag.int:
      return readInt(decoder)
    case tag.float:
      return readFloat(decoder)
    case tag.string:
      return decoding.readVarString(decoder)
    case tag.array: {
      const length = readCount(decoder)
      const array: Json[] = []
      for (let index = 0; index < length; index++) array.push(readJson(decoder, depth + 1))
      return array
    }
    case tag.object: {
      const length = readCount(decoder)
      const object: Record<string, Json> = {}
      for (let index = 0; index < length; index++) {
        const key = decoding.readVarString(decoder)
        if (isPrototypeKey(key)) throw malformed(`the key ${key} is not allowed in JSON`)
        object[key] = readJson(decoder, depth + 1)
      }
      return object
    }
    default:
      throw malformed('unknown JSON tag')
  }
}

/** JSON has neither NaN and infinities nor −0. */
function readFloat(decoder: decoding.Decoder): number {
  const value = decoding.readFloat64(decoder)
  if (!Number.isFinite(value) || Object.is(value, -0)) throw malformed(`${value} is no JSON`)
  return value
}

/** What JSON lacks is written as `JSON.stringify` does it. */
function writeNumber(encoder: encoding.Encoder, value: number): void {
  if (Number.isSafeInteger(value)) {
    encoding.writeUint8(encoder, tag.int)
    encoding.writeVarInt(encoder, Object.is(value, -0) ? 0 : value)
  } else if (!Number.isFinite(value)) {
    encoding.writeUint8(encoder, tag.null)
  } else {
    encoding.writeUint8(encoder, tag.float)
    encoding.writeFloat64(encoder, value)
  }
}
