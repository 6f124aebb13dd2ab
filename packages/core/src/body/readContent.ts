import { type ByteReader, malformed } from './ByteReader.js'

/** The low five bits of a struct's first byte: what it is or holds. */
export const Content = {
  gc: 0,
  deleted: 1,
  json: 2,
  binary: 3,
  string: 4,
  embed: 5,
  format: 6,
  type: 7,
  any: 8,
  doc: 9,
  skip: 10,
} as const

/** What a `Content.type` struct creates. */
export const SharedType = {
  array: 0,
  map: 1,
  text: 2,
  xmlElement: 3,
  xmlFragment: 4,
  xmlHook: 5,
  xmlText: 6,
} as const

/** Values nested deeper could not be written again: JSON.stringify and lib0 recurse. */
const maxValueDepth = 64

/**
 * Passes over the content of an item and answers how many clocks it takes. Whatever passes here can
 * be read by Yjs without throwing and be written again as it was.
 */
export function readContent(reader: ByteReader, content: number): number {
  switch (content) {
    case Content.deleted:
      return reader.varUint()
    case Content.json: {
      const count = reader.varUint()
      for (let i = 0; i < count; i++) readJson(reader, true)
      return count
    }
    case Content.binary:
      reader.skip(reader.varUint())
      return 1
    case Content.string:
      return reader.skipString()
    case Content.embed:
      readJson(reader, false)
      return 1
    case Content.format:
      readName(reader)
      readJson(reader, false)
      return 1
    case Content.any: {
      const count = reader.varUint()
      for (let i = 0; i < count; i++) skipAny(reader, 0)
      return count
    }
    case Content.doc:
      reader.skipString()
      skipAny(reader, 0)
      return 1
    default:
      return malformed(`there is no content of kind ${content}`)
  }
}

/** Reads which shared type is created, its node or hook name included. */
export function readTypeRef(reader: ByteReader): number {
  const type = reader.varUint()
  if (type > SharedType.xmlText) malformed(`there is no shared type ${type}`)
  if (type === SharedType.xmlElement || type === SharedType.xmlHook) reader.skipString()
  return type
}

/** A name that becomes a property of plain objects (`toJSON`, attributes): not one that sets their prototype. */
export function readName(reader: ByteReader): string {
  const name = reader.string()
  if (name === '__proto__') malformed('__proto__ is used as a name')
  return name
}

/** Inside an array of JSON contents Yjs writes `undefined` as that word. */
function readJson(reader: ByteReader, mayBeUndefined: boolean): void {
  const text = reader.string()
  if (mayBeUndefined && text === 'undefined') return
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    malformed('an embedded value is not JSON')
  }
  checkValue(value, 0)
}

function checkValue(value: unknown, depth: number): void {
  if (typeof value !== 'object' || value === null) return
  if (depth >= maxValueDepth) malformed('a value is nested too deep')
  for (const key of Object.keys(value)) {
    if (key === '__proto__') malformed('__proto__ is used as a name')
    checkValue((value as Record<string, unknown>)[key], depth + 1)
  }
}

/** Passes over one value in lib0's `any` encoding, whose first byte counts down from 127. */
export function skipAny(reader: ByteReader, depth: number): void {
  if (depth > maxValueDepth) malformed('a value is nested too deep')
  switch (127 - reader.byte()) {
    case 0: // undefined
    case 1: // null
    case 6: // false
    case 7: // true
      return
    case 2: // integer
      reader.skipVarInt()
      return
    case 3: // float32
      reader.skip(4)
      return
    case 4: // float64
    case 5: // bigint
      reader.skip(8)
      return
    case 8: // string
      reader.skipString()
      return
    case 9: {
      const count = reader.varUint()
      for (let i = 0; i < count; i++) {
        readName(reader)
        skipAny(reader, depth + 1)
      }
      return
    }
    case 10: {
      const count = reader.varUint()
      for (let i = 0; i < count; i++) skipAny(reader, depth + 1)
      return
    }
    case 11: // bytes
      reader.skip(reader.varUint())
      return
    default:
      malformed('a value is of no known kind')
  }
}
