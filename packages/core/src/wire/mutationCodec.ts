import { fromBase64UrlEncoded, toBase64UrlEncoded } from 'lib0/buffer'
import * as decoding from 'lib0/decoding'
import * as encoding from 'lib0/encoding'
import type { Json } from '../json/Json.js'
import type { Mutation, NumberedMutation, RowWrite } from '../mutation/Mutation.js'
import type { RowValues } from '../row/RowValues.js'
import { readJson, writeJson } from './json.js'
import { malformed } from './malformed.js'
import { decodeWhole, readByte, readBytes, readCount, readUint } from './read.js'

const kinds = ['write', 'batch', 'body', 'command', 'void'] as const
const ops = ['insert', 'upsert', 'update', 'remove'] as const
const writeIdBytes = 16

/** One mutation of an outbox. The bytes are the same on the wire and in the `forward` table. */
export function encodeMutation(encoder: encoding.Encoder, entry: NumberedMutation): void {
  encoding.writeVarUint(encoder, entry.number)
  encoding.writeUint8Array(encoder, fromBase64UrlEncoded(entry.writeId))
  encoding.writeVarUint(encoder, entry.stamp)
  encoding.writeVarUint(encoder, entry.seen)
  const { mutation } = entry
  encoding.writeUint8(encoder, kinds.indexOf(mutation.kind))
  switch (mutation.kind) {
    case 'write':
      encodeWrite(encoder, mutation.write)
      break
    case 'batch':
      encoding.writeVarUint(encoder, mutation.writes.length)
      for (const write of mutation.writes) encodeWrite(encoder, write)
      break
    case 'body':
      encoding.writeVarString(encoder, mutation.collection)
      encoding.writeVarString(encoder, mutation.id)
      encoding.writeVarUint8Array(encoder, mutation.update)
      break
    case 'command':
      encoding.writeVarString(encoder, mutation.name)
      writeJson(encoder, mutation.input)
      encoding.writeVarUint(encoder, mutation.queuedAt)
      break
    case 'void':
      break
  }
}

/** A mutation that came in parts or from a table. Throws `BAD_FRAME`, whatever the bytes. */
export function decodeMutationBytes(bytes: Uint8Array): NumberedMutation {
  return decodeWhole(bytes, decodeMutation)
}

export function decodeMutation(decoder: decoding.Decoder): NumberedMutation {
  const number = readUint(decoder)
  const writeId = toBase64UrlEncoded(decoding.readUint8Array(decoder, writeIdBytes))
  const stamp = readUint(decoder)
  const seen = readUint(decoder)
  return { number, writeId, stamp, seen, mutation: decodeKind(decoder) }
}

function decodeKind(decoder: decoding.Decoder): Mutation {
  const kind = kinds[readByte(decoder)]
  switch (kind) {
    case 'write':
      return { kind, write: decodeWrite(decoder) }
    case 'batch': {
      const writes: RowWrite[] = []
      for (let left = readCount(decoder); left > 0; left--) writes.push(decodeWrite(decoder))
      return { kind, writes }
    }
    case 'body': {
      const collection = decoding.readVarString(decoder)
      const id = decoding.readVarString(decoder)
      return { kind, collection, id, update: readBytes(decoder) }
    }
    case 'command': {
      const name = decoding.readVarString(decoder)
      const input = readJson(decoder)
      return { kind, name, input, queuedAt: readUint(decoder) }
    }
    case 'void':
      return { kind }
    default:
      throw malformed('unknown kind of mutation')
  }
}

function encodeWrite(encoder: encoding.Encoder, write: RowWrite): void {
  encoding.writeUint8(encoder, ops.indexOf(write.op))
  encoding.writeVarString(encoder, write.collection)
  encoding.writeVarString(encoder, write.id)
  if (write.op === 'update') writeJson(encoder, write.patch)
  else if (write.op !== 'remove') writeJson(encoder, write.values)
}

function decodeWrite(decoder: decoding.Decoder): RowWrite {
  const op = ops[readByte(decoder)]
  if (op === undefined) throw malformed('unknown kind of write')
  const collection = decoding.readVarString(decoder)
  const id = decoding.readVarString(decoder)
  if (op === 'remove') return { op, collection, id }
  const content = mustObject(readJson(decoder))
  return op === 'update' ? { op, collection, id, patch: content } : { op, collection, id, values: content }
}

function mustObject(value: Json): RowValues {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) throw malformed('a write holds an object')
  return value as RowValues
}
