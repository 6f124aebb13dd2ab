import * as encoding from 'lib0/encoding'
import { ByteReader } from './ByteReader.js'
import type { NewPart } from './NewPart.js'
import { Content, skipAny } from './readContent.js'
import type { BodyStruct, DeletedRange } from './readUpdate.js'

/** Writes an update (V1) of just these parts and deletions; whole structs are copied as they came. */
export function encodeNewPart(
  bytes: Uint8Array,
  parts: readonly NewPart[],
  deletions: ReadonlyMap<number, readonly DeletedRange[]>,
): Uint8Array {
  const encoder = encoding.createEncoder()
  encoding.writeVarUint(encoder, parts.length)
  for (const part of parts) {
    const { structs, clientID, from } = part
    const first = structs[0]!
    encoding.writeVarUint(encoder, structs.length)
    encoding.writeVarUint(encoder, clientID)
    encoding.writeVarUint(encoder, from)
    const isTail = first.clock < from
    if (isTail) writeTail(encoder, bytes, first, clientID, from)
    const wholeFrom = isTail ? first.end : first.start
    encoding.writeUint8Array(encoder, bytes.subarray(wholeFrom, structs.at(-1)!.end))
  }
  encoding.writeVarUint(encoder, deletions.size)
  for (const [clientID, ranges] of deletions) {
    encoding.writeVarUint(encoder, clientID)
    encoding.writeVarUint(encoder, ranges.length)
    for (const { clock, length } of ranges) {
      encoding.writeVarUint(encoder, clock)
      encoding.writeVarUint(encoder, length)
    }
  }
  return encoding.toUint8Array(encoder)
}

/** The struct from `clock` on: its origin is now the clock before, which it continues. */
function writeTail(
  encoder: encoding.Encoder,
  bytes: Uint8Array,
  struct: BodyStruct,
  clientID: number,
  clock: number,
): void {
  const offset = clock - struct.clock
  if (struct.content === Content.gc) {
    encoding.writeUint8(encoder, Content.gc)
    encoding.writeVarUint(encoder, struct.length - offset)
    return
  }
  encoding.writeUint8(encoder, bytes[struct.start]! | 0b1000_0000)
  encoding.writeVarUint(encoder, clientID)
  encoding.writeVarUint(encoder, clock - 1)
  if (struct.rightOrigin !== null) {
    encoding.writeVarUint(encoder, struct.rightOrigin.clientID)
    encoding.writeVarUint(encoder, struct.rightOrigin.clock)
  }
  const reader = new ByteReader(bytes.subarray(0, struct.end))
  reader.position = struct.contentStart
  switch (struct.content) {
    case Content.deleted:
      encoding.writeVarUint(encoder, struct.length - offset)
      return
    case Content.string:
      // Between the halves of a surrogate pair this writes U+FFFD for the second, as Yjs does.
      encoding.writeVarString(encoder, reader.string().slice(offset))
      return
    default: {
      // The contents that are lists of values; all others have length 1 and no tail.
      reader.varUint()
      for (let i = 0; i < offset; i++) struct.content === Content.json ? reader.skipString() : skipAny(reader, 0)
      encoding.writeVarUint(encoder, struct.length - offset)
      encoding.writeUint8Array(encoder, bytes.subarray(reader.position, struct.end))
    }
  }
}
