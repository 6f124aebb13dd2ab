import * as decoding from 'lib0/decoding'
import * as encoding from 'lib0/encoding'
import { isPrototypeKey } from '../json/checkJson.js'
import type { Json } from '../json/Json.js'
import { malformed } from './malformed.js'

const maxDepth = 64
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

/** Reads what `writeJson` wrote; nothing hostile gets deep, becomes a prototype or claims more than was sent. */
export function readJson(decoder: decoding.Decoder, depth = 0): Json {
  if (depth > maxDepth) throw malformed('JSON nested deeper than 64')
  switch (decoding.readUint8(decoder)) {
    case tag.null:
      return null
    case tag.false:
      return false
    case tag.true:
      return true
    case tag.int:
      return decoding.readVarInt(decoder)
    case tag.float:
      return decoding.readFloat64(decoder)
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

/** A count of things to come, each at least a byte long: never more than the bytes that are left. */
export function readCount(decoder: decoding.Decoder): number {
  const count = decoding.readVarUint(decoder)
  if (count > decoder.arr.length - decoder.pos) throw malformed('a count is larger than the frame')
  return count
}

function writeNumber(encoder: encoding.Encoder, value: number): void {
  if (Number.isSafeInteger(value) && !Object.is(value, -0)) {
    encoding.writeUint8(encoder, tag.int)
    encoding.writeVarInt(encoder, value)
  } else {
    encoding.writeUint8(encoder, tag.float)
    encoding.writeFloat64(encoder, value)
  }
}
