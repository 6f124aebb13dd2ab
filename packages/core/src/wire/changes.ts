import * as decoding from 'lib0/decoding'
import * as encoding from 'lib0/encoding'
import type { Answer } from '../mutation/Answer.js'
import type { RowValues } from '../row/RowValues.js'
import { decodeAnswer, encodeAnswer } from './answerCodec.js'
import { malformed } from './malformed.js'
import { messageType } from './protocol.js'
import { readByte, readBytes, readCount, readFlag, readUint } from './read.js'
import { RowDecoder, RowEncoder } from './rowCodec.js'
import type { SchemaTable } from './SchemaTable.js'

/**
 * One piece of a `changes` message. A piece about a record or a view is encoded once and shared by all
 * sessions that may read it, so it names nothing of a session: views go by the node's own numbers.
 */
export type Chunk =
  /** Fields of a record that the receiver holds. */
  | {
      readonly kind: 'patch'
      readonly seq: number
      readonly collection: string
      readonly id: string
      readonly values: RowValues
    }
  /** A whole record: made just now, or coming into sight. */
  | {
      readonly kind: 'row'
      readonly seq: number
      readonly collection: string
      readonly id: string
      readonly isInsert: boolean
      readonly values: RowValues
    }
  | {
      readonly kind: 'removed'
      readonly seq: number
      readonly collection: string
      readonly id: string
      readonly userId: string
      readonly at: number
    }
  | {
      readonly kind: 'body'
      readonly seq: number
      readonly collection: string
      readonly id: string
      readonly userId: string
      readonly update: Uint8Array
    }
  | { readonly kind: 'enter' | 'leave'; readonly view: number; readonly id: string }
  | { readonly kind: 'count'; readonly view: number; readonly count: number }
  /** Answers to the receiver's own mutations; private. */
  | { readonly kind: 'answers'; readonly answers: readonly Answer[] }

/**
 * What happened from one position to another, as far as this session watches it. All chunks are
 * applied together. A row or patch stands before the enters and leaves of its record.
 */
export interface Changes {
  readonly type: 'changes'
  readonly epoch: number
  readonly from: number
  readonly to: number
  readonly chunks: readonly Chunk[]
}

const kinds = ['patch', 'row', 'removed', 'body', 'enter', 'leave', 'count', 'answers'] as const

/** The bytes before the chunks: the same for every session of a node. */
export function encodeChangesHead(epoch: number, from: number, to: number, chunkCount: number): Uint8Array {
  const encoder = encoding.createEncoder()
  encoding.writeUint8(encoder, messageType.changes)
  encoding.writeVarUint(encoder, epoch)
  encoding.writeVarUint(encoder, from)
  encoding.writeVarUint(encoder, to - from)
  encoding.writeVarUint(encoder, chunkCount)
  return encoding.toUint8Array(encoder)
}

/** `from` is the message's: seqs are written as distances to it. */
export function encodeChunk(table: SchemaTable, from: number, chunk: Chunk): Uint8Array {
  const encoder = encoding.createEncoder()
  writeChunk(encoder, table, from, chunk)
  return encoding.toUint8Array(encoder)
}

export function encodeChanges(encoder: encoding.Encoder, message: Changes, table: SchemaTable): void {
  encoding.writeUint8Array(encoder, encodeChangesHead(message.epoch, message.from, message.to, message.chunks.length))
  for (const chunk of message.chunks) writeChunk(encoder, table, message.from, chunk)
}

function writeChunk(encoder: encoding.Encoder, table: SchemaTable, from: number, chunk: Chunk): void {
  encoding.writeUint8(encoder, kinds.indexOf(chunk.kind))
  switch (chunk.kind) {
    case 'patch':
    case 'row':
    case 'removed':
    case 'body': {
      const collection = table.numberOf(chunk.collection)
      encoding.writeVarUint(encoder, chunk.seq - from)
      encoding.writeVarUint(encoder, collection)
      encoding.writeVarString(encoder, chunk.id)
      const rows = new RowEncoder(encoder, table)
      if (chunk.kind === 'patch') {
        rows.patch(collection, chunk.values)
      } else if (chunk.kind === 'row') {
        encoding.writeUint8(encoder, chunk.isInsert ? 1 : 0)
        rows.row(collection, chunk.values)
      } else if (chunk.kind === 'removed') {
        rows.at(chunk.at)
        rows.user(chunk.userId)
      } else {
        rows.user(chunk.userId)
        encoding.writeVarUint8Array(encoder, chunk.update)
      }
      break
    }
    case 'enter':
    case 'leave':
      encoding.writeVarUint(encoder, chunk.view)
      encoding.writeVarString(encoder, chunk.id)
      break
    case 'count':
      encoding.writeVarUint(encoder, chunk.view)
      encoding.writeVarUint(encoder, chunk.count)
      break
    case 'answers':
      encoding.writeVarUint(encoder, chunk.answers.length)
      for (const answer of chunk.answers) encodeAnswer(encoder, answer)
      break
  }
}

export function decodeChanges(decoder: decoding.Decoder, table: SchemaTable): Changes {
  const epoch = readUint(decoder)
  const from = readUint(decoder)
  const to = from + readUint(decoder)
  const chunks: Chunk[] = []
  for (let left = readCount(decoder); left > 0; left--) chunks.push(readChunk(decoder, table, from))
  return { type: 'changes', epoch, from, to, chunks }
}

function readChunk(decoder: decoding.Decoder, table: SchemaTable, from: number): Chunk {
  const kind = kinds[readByte(decoder)]
  switch (kind) {
    case 'patch':
    case 'row':
    case 'removed':
    case 'body': {
      const seq = from + readUint(decoder)
      const number = readUint(decoder)
      const base = { seq, collection: table.collectionAt(number), id: decoding.readVarString(decoder) }
      const rows = new RowDecoder(decoder, table)
      if (kind === 'patch') return { kind, ...base, values: rows.patch(number) }
      if (kind === 'row') {
        const isInsert = readFlag(decoder)
        return { kind, ...base, isInsert, values: rows.row(number) }
      }
      if (kind === 'removed') {
        const at = rows.at()
        return { kind, ...base, at, userId: rows.user() }
      }
      const userId = rows.user()
      return { kind, ...base, userId, update: readBytes(decoder) }
    }
    case 'enter':
    case 'leave':
      return { kind, view: readUint(decoder), id: decoding.readVarString(decoder) }
    case 'count':
      return { kind, view: readUint(decoder), count: readUint(decoder) }
    case 'answers': {
      const answers: Answer[] = []
      for (let left = readCount(decoder); left > 0; left--) answers.push(decodeAnswer(decoder))
      return { kind, answers }
    }
    default:
      throw malformed('unknown kind of chunk')
  }
}
