import * as decoding from 'lib0/decoding'
import * as encoding from 'lib0/encoding'
import type { Json, Scalar } from '../json/Json.js'
import { readJson, writeJson } from './json.js'
import { malformed } from './malformed.js'
import { messageType } from './protocol.js'
import { readByte, readBytes, readCount, readUint } from './read.js'
import { readViewHash, writeViewHash } from './viewHash.js'

/** What a subscription watches, as plain data in the user's form. Collections go by name: both sides know those. */
export type WatchTarget =
  | {
      readonly kind: 'list'
      readonly collection: string
      readonly where: Json
      /** Field names, `-` before a descending one; the id is added as the last. */
      readonly orderBy: readonly string[]
      /** Rows wanted, slack included; null for all. */
      readonly limit: number | null
    }
  | { readonly kind: 'record'; readonly collection: string; readonly id: string }
  /** The record's body; readable by whoever may read its row. */
  | { readonly kind: 'body'; readonly collection: string; readonly id: string }
  | { readonly kind: 'count'; readonly collection: string; readonly where: Json }

/** What the client still has of a subscription. */
export interface Resume {
  readonly cursor: number
  readonly viewHash: string
  /** The window's inclusive upper end as it was: a sort key, or null for everything. */
  readonly bound: readonly Scalar[] | null
  /** How many records it holds. */
  readonly count: number
  /** Sent only when asked for by `reconcile`: 8-byte digests of the held records, ascending; for a body its state vector. */
  readonly held: Uint8Array | null
}

export interface Subscription {
  /** Chosen by the client, unique in its session. The same number again replaces it (another limit, a reconciliation). */
  readonly subId: number
  readonly target: WatchTarget
  readonly resume: Resume | null
}

export interface Subscribe {
  readonly type: 'subscribe'
  readonly subscriptions: readonly Subscription[]
}

const kinds = ['list', 'record', 'body', 'count'] as const

export function encodeSubscribe(encoder: encoding.Encoder, message: Subscribe): void {
  encoding.writeUint8(encoder, messageType.subscribe)
  encoding.writeVarUint(encoder, message.subscriptions.length)
  for (const { subId, target, resume } of message.subscriptions) {
    encoding.writeVarUint(encoder, subId)
    encoding.writeUint8(encoder, kinds.indexOf(target.kind))
    encoding.writeVarString(encoder, target.collection)
    if (target.kind === 'record' || target.kind === 'body') encoding.writeVarString(encoder, target.id)
    else writeJson(encoder, target.where)
    if (target.kind === 'list') {
      encoding.writeVarUint(encoder, target.orderBy.length)
      for (const term of target.orderBy) encoding.writeVarString(encoder, term)
      encoding.writeVarUint(encoder, target.limit === null ? 0 : target.limit + 1)
    }
    encoding.writeUint8(encoder, resume === null ? 0 : resume.held === null ? 1 : 2)
    if (resume !== null) encodeResume(encoder, resume)
  }
}

export function decodeSubscribe(decoder: decoding.Decoder): Subscribe {
  const subscriptions: Subscription[] = []
  for (let left = readCount(decoder); left > 0; left--) {
    const subId = readUint(decoder)
    const target = decodeTarget(decoder)
    const form = readByte(decoder)
    if (form > 2) throw malformed('unknown form of resume')
    subscriptions.push({ subId, target, resume: form === 0 ? null : decodeResume(decoder, form === 2) })
  }
  return { type: 'subscribe', subscriptions }
}

function decodeTarget(decoder: decoding.Decoder): WatchTarget {
  const kind = kinds[readByte(decoder)]
  const collection = decoding.readVarString(decoder)
  switch (kind) {
    case 'record':
    case 'body':
      return { kind, collection, id: decoding.readVarString(decoder) }
    case 'count':
      return { kind, collection, where: readJson(decoder) }
    case 'list': {
      const where = readJson(decoder)
      const orderBy: string[] = []
      for (let left = readCount(decoder); left > 0; left--) orderBy.push(decoding.readVarString(decoder))
      const limit = readUint(decoder)
      return { kind, collection, where, orderBy, limit: limit === 0 ? null : limit - 1 }
    }
    default:
      throw malformed('unknown kind of subscription')
  }
}

function encodeResume(encoder: encoding.Encoder, resume: Resume): void {
  encoding.writeVarUint(encoder, resume.cursor)
  writeViewHash(encoder, resume.viewHash)
  encodeBound(encoder, resume.bound)
  encoding.writeVarUint(encoder, resume.count)
  if (resume.held !== null) encoding.writeVarUint8Array(encoder, resume.held)
}

function decodeResume(decoder: decoding.Decoder, hasHeld: boolean): Resume {
  const cursor = readUint(decoder)
  const viewHash = readViewHash(decoder)
  const bound = decodeBound(decoder)
  const count = readUint(decoder)
  return { cursor, viewHash, bound, count, held: hasHeld ? readBytes(decoder) : null }
}

export function encodeBound(encoder: encoding.Encoder, bound: readonly Scalar[] | null): void {
  writeJson(encoder, bound)
}

export function decodeBound(decoder: decoding.Decoder): readonly Scalar[] | null {
  const bound = readJson(decoder)
  if (bound === null) return null
  const isKey = Array.isArray(bound) && bound.every(value => value === null || typeof value !== 'object')
  if (!isKey) throw malformed('a bound is a list of scalars')
  return bound as readonly Scalar[]
}
