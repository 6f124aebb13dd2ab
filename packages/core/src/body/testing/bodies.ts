import * as encoding from 'lib0/encoding'
import * as Y from 'yjs'
import { type BodyCheck, type BodyVerdict, checkBodyUpdate } from '../checkBodyUpdate.js'

/** A document whose edits are made under `clientID`. */
export function docOf(clientID: number, ...updates: Uint8Array[]): Y.Doc {
  const doc = new Y.Doc({ guid: 'body' })
  doc.clientID = clientID
  for (const update of updates) Y.applyUpdate(doc, update)
  return doc
}

/** What an edit adds, as a provider would send it. */
export function updateOf(doc: Y.Doc, edit: (doc: Y.Doc) => void): Uint8Array {
  const updates: Uint8Array[] = []
  const listen = (update: Uint8Array) => updates.push(update)
  doc.on('update', listen)
  doc.transact(() => edit(doc))
  doc.off('update', listen)
  return Y.mergeUpdates(updates)
}

export const stateOf = (doc: Y.Doc): Uint8Array => Y.encodeStateAsUpdate(doc)

/** A check by alice of an open collection, to whom every clientID is open. */
export function judge(body: BodyCheck['body'], update: Uint8Array, rest: Partial<BodyCheck> = {}): BodyVerdict {
  return checkBodyUpdate({
    body,
    update,
    allowedRoots: 'any',
    boundUserOf: () => undefined,
    userId: 'alice',
    currentBytes: 0,
    maxBodyBytes: 8_000_000,
    ...rest,
  })
}

/** Writes an update by hand, true or not. Numbers are written as lib0 varints. */
export function rawUpdate(
  blocks: readonly { clientID: number; clock: number; structs: readonly Uint8Array[] }[],
  deletions: readonly (readonly [clientID: number, ...ranges: (readonly [clock: number, length: number])[]])[] = [],
): Uint8Array {
  return bytesOf(encoder => {
    encoding.writeVarUint(encoder, blocks.length)
    for (const { clientID, clock, structs } of blocks) {
      for (const number of [structs.length, clientID, clock]) encoding.writeVarUint(encoder, number)
      for (const struct of structs) encoding.writeUint8Array(encoder, struct)
    }
    encoding.writeVarUint(encoder, deletions.length)
    for (const [clientID, ...ranges] of deletions) {
      for (const number of [clientID, ranges.length, ...ranges.flat()]) encoding.writeVarUint(encoder, number)
    }
  })
}

export const gcStruct = (length: number) => bytesOf(encoder => writeGap(encoder, 0, length))
export const skipStruct = (length: number) => bytesOf(encoder => writeGap(encoder, 10, length))

type At =
  | { readonly root: string; readonly key?: string }
  | { readonly parent: readonly [number, number]; readonly key?: string }
  | { readonly origin: readonly [number, number]; readonly rightOrigin?: readonly [number, number] }
  | { readonly rightOrigin: readonly [number, number] }

/** An item with content of kind `content`, whose bytes `write` writes. */
export function itemStruct(at: At, content: number, write: (encoder: encoding.Encoder) => void): Uint8Array {
  return bytesOf(encoder => {
    const origin = 'origin' in at ? at.origin : undefined
    const rightOrigin = 'rightOrigin' in at ? at.rightOrigin : undefined
    const key = 'key' in at ? at.key : undefined
    encoding.writeUint8(
      encoder,
      content | (origin ? 0x80 : 0) | (rightOrigin ? 0x40 : 0) | (key === undefined ? 0 : 0x20),
    )
    for (const id of [origin, rightOrigin]) if (id) for (const number of id) encoding.writeVarUint(encoder, number)
    if ('root' in at) {
      encoding.writeVarUint(encoder, 1)
      encoding.writeVarString(encoder, at.root)
    } else if ('parent' in at) {
      for (const number of [0, ...at.parent]) encoding.writeVarUint(encoder, number)
    }
    if (key !== undefined) encoding.writeVarString(encoder, key)
    write(encoder)
  })
}

export const textStruct = (at: At, text: string) => itemStruct(at, 4, encoder => encoding.writeVarString(encoder, text))
export const typeStruct = (at: At, typeRef: number) =>
  itemStruct(at, 7, encoder => encoding.writeVarUint(encoder, typeRef))

export function bytesOf(write: (encoder: encoding.Encoder) => void): Uint8Array {
  const encoder = encoding.createEncoder()
  write(encoder)
  return encoding.toUint8Array(encoder)
}

function writeGap(encoder: encoding.Encoder, kind: number, length: number): void {
  encoding.writeUint8(encoder, kind)
  encoding.writeVarUint(encoder, length)
}

/** Small deterministic random numbers: the same seed gives the same ones. */
export function randomOf(seed: number): { below(limit: number): number; bytes(length: number): Uint8Array } {
  let state = (seed * 2654435761 + 1) >>> 0
  const below = (limit: number) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return Math.floor((state / 2 ** 32) * limit)
  }
  return { below, bytes: length => Uint8Array.from({ length }, () => below(256)) }
}
