import * as decoding from 'lib0/decoding'
import * as encoding from 'lib0/encoding'
import type { RowValues } from '../row/RowValues.js'
import { malformed } from './malformed.js'
import { messageType } from './protocol.js'
import { readByte, readBytes, readFlag, readUint } from './read.js'
import { RowDecoder, RowEncoder } from './rowCodec.js'
import type { SchemaTable } from './SchemaTable.js'

/** What a subscription lacks, a piece a record. */
export type SnapshotItem =
  /** Enters the view, whole. */
  | { readonly kind: 'row'; readonly id: string; readonly values: RowValues }
  /** Enters the view, and another live subscription of this session has its content already. */
  | { readonly kind: 'covered'; readonly id: string }
  /** Was and is in the view: the fields that changed since the cursor. */
  | { readonly kind: 'patch'; readonly id: string; readonly values: RowValues }
  /** Left the view; `removed` says that the record is gone altogether. */
  | { readonly kind: 'leave'; readonly id: string; readonly removed: boolean }
  /** Left the view, by its place in the `held` digests of the request. */
  | { readonly kind: 'leaveHeld'; readonly index: number }
  /** A body's whole state, replacing what is held; or an update to add to it. */
  | { readonly kind: 'bodyState' | 'bodyUpdate'; readonly bytes: Uint8Array }
  /** How many records match a counted view. */
  | { readonly kind: 'count'; readonly count: number }

/**
 * A part (at most about 64 KB) of what one subscription lacks. Parts of a subscription are held by the
 * receiver until `caughtUp` names it, and applied together.
 */
export interface Snapshot {
  readonly type: 'snapshot'
  readonly subId: number
  /** The items are as of this seq, which the session may not have come to yet. */
  readonly seq: number
  /** Collection of the items. */
  readonly collection: string
  /** True on the first part of a whole result: whatever the receiver holds of this subscription is void. */
  readonly isWhole: boolean
  readonly items: readonly SnapshotItem[]
}

export type SnapshotHead = Omit<Snapshot, 'type' | 'items'>

const kinds = ['row', 'covered', 'patch', 'leave', 'leaveHeld', 'bodyState', 'bodyUpdate', 'count', 'end'] as const
/** An item begins with its kind in the low four bits. */
const kindBits = 0x0f
const removedFlag = 0x80
/** A patch has the number of its fields in bits 4 to 6, or 0 there and the number before the fields. */
const countShift = 4
const maxTagCount = 7

/** Writes the items of one part, one by one, so that the maker can stop when it is large enough. */
export class SnapshotItemsEncoder {
  readonly #encoder = encoding.createEncoder()
  readonly #rows: RowEncoder
  readonly #collection: number

  constructor(table: SchemaTable, collection: string) {
    this.#rows = new RowEncoder(this.#encoder, table)
    this.#collection = table.numberOf(collection)
  }

  get byteLength(): number {
    return encoding.length(this.#encoder)
  }

  add(item: SnapshotItem): void {
    const encoder = this.#encoder
    const tagCount = this.#tagCount(item)
    const isRemoved = item.kind === 'leave' && item.removed
    encoding.writeUint8(encoder, kinds.indexOf(item.kind) | (tagCount << countShift) | (isRemoved ? removedFlag : 0))
    switch (item.kind) {
      case 'row':
        encoding.writeVarString(encoder, item.id)
        this.#rows.row(this.#collection, item.values)
        break
      case 'patch':
        encoding.writeVarString(encoder, item.id)
        this.#rows.patch(this.#collection, item.values, tagCount === 0)
        break
      case 'covered':
      case 'leave':
        encoding.writeVarString(encoder, item.id)
        break
      case 'leaveHeld':
        encoding.writeVarUint(encoder, item.index)
        break
      case 'bodyState':
      case 'bodyUpdate':
        encoding.writeVarUint8Array(encoder, item.bytes)
        break
      case 'count':
        encoding.writeVarUint(encoder, item.count)
        break
    }
  }

  finish(): Uint8Array {
    encoding.writeUint8(this.#encoder, kinds.indexOf('end'))
    return encoding.toUint8Array(this.#encoder)
  }

  #tagCount(item: SnapshotItem): number {
    if (item.kind !== 'patch') return 0
    const count = this.#rows.count(this.#collection, item.values)
    return count > maxTagCount ? 0 : count
  }
}

/** A part out of its items, as `SnapshotItemsEncoder` has written them: the same may go to many. */
export function encodeSnapshotPart(head: SnapshotHead, items: Uint8Array, table: SchemaTable): Uint8Array {
  const encoder = encoding.createEncoder()
  writePart(encoder, head, items, table)
  return encoding.toUint8Array(encoder)
}

export function encodeSnapshot(encoder: encoding.Encoder, message: Snapshot, table: SchemaTable): void {
  const items = new SnapshotItemsEncoder(table, message.collection)
  for (const item of message.items) items.add(item)
  writePart(encoder, message, items.finish(), table)
}

function writePart(encoder: encoding.Encoder, head: SnapshotHead, items: Uint8Array, table: SchemaTable): void {
  encoding.writeUint8(encoder, messageType.snapshot)
  encoding.writeVarUint(encoder, head.subId)
  encoding.writeVarUint(encoder, head.seq)
  encoding.writeVarUint(encoder, table.numberOf(head.collection))
  encoding.writeUint8(encoder, head.isWhole ? 1 : 0)
  encoding.writeUint8Array(encoder, items)
}

export function decodeSnapshot(decoder: decoding.Decoder, table: SchemaTable): Snapshot {
  const subId = readUint(decoder)
  const seq = readUint(decoder)
  const collection = readUint(decoder)
  const isWhole = readFlag(decoder)
  const rows = new RowDecoder(decoder, table)
  const items: SnapshotItem[] = []
  for (;;) {
    const tag = readByte(decoder)
    const kind = kinds[tag & kindBits]
    const removed = (tag & removedFlag) !== 0
    const tagCount = (tag & ~removedFlag) >> countShift
    if (removed && kind !== 'leave') throw malformed('only what leaves is removed')
    if (tagCount > 0 && kind !== 'patch') throw malformed('only a patch has fields')
    if (kind === 'end') break
    items.push(readItem(decoder, rows, collection, kind, removed, tagCount))
  }
  return { type: 'snapshot', subId, seq, collection: table.collectionAt(collection), isWhole, items }
}

function readItem(
  decoder: decoding.Decoder,
  rows: RowDecoder,
  collection: number,
  kind: Exclude<(typeof kinds)[number], 'end'> | undefined,
  removed: boolean,
  tagCount: number,
): SnapshotItem {
  switch (kind) {
    case 'row':
      return { kind, id: decoding.readVarString(decoder), values: rows.row(collection) }
    case 'patch':
      return { kind, id: decoding.readVarString(decoder), values: rows.patch(collection, tagCount || undefined) }
    case 'covered':
      return { kind, id: decoding.readVarString(decoder) }
    case 'leave':
      return { kind, id: decoding.readVarString(decoder), removed }
    case 'leaveHeld':
      return { kind, index: readUint(decoder) }
    case 'bodyState':
    case 'bodyUpdate':
      return { kind, bytes: readBytes(decoder) }
    case 'count':
      return { kind, count: readUint(decoder) }
    default:
      throw malformed('unknown kind of snapshot item')
  }
}
