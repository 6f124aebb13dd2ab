import { TidemarkError } from '@tidemark/core'
import * as decoding from 'lib0/decoding'
import * as encoding from 'lib0/encoding'
import { type AwarenessEntry, encodeAwareness, readAwareness } from '../presence/awarenessUpdate.js'
import { readBytes } from './readBytes.js'

/** What a stock provider says, one message a frame. */
export type DoorMessage =
  /** "This is what I have: send the rest." */
  | { readonly kind: 'step1'; readonly vector: Uint8Array }
  /** The answer to our step 1: all that we lack, and the whole delete set. */
  | { readonly kind: 'step2'; readonly update: Uint8Array }
  | { readonly kind: 'update'; readonly update: Uint8Array }
  | { readonly kind: 'awareness'; readonly entries: readonly AwarenessEntry[] }
  | { readonly kind: 'queryAwareness' }

// The numbers of y-websocket and y-protocols.
const sync = 0
const awareness = 1
const auth = 2
const queryAwareness = 3
const step1 = 0
const step2 = 1
const update = 2
const permissionDenied = 0

/** Throws `BAD_FRAME`; a frame with anything behind its message too, since a stock server would drop it unseen. */
export function decodeDoorMessage(frame: Uint8Array): DoorMessage {
  try {
    const decoder = decoding.createDecoder(frame)
    const message = readMessage(decoder)
    if (decoding.hasContent(decoder)) throw new Error('more than one message in a frame')
    return message
  } catch (cause) {
    throw new TidemarkError('BAD_FRAME', undefined, { cause })
  }
}

function readMessage(decoder: decoding.Decoder): DoorMessage {
  switch (decoding.readVarUint(decoder)) {
    case sync:
      return readSync(decoder)
    case awareness:
      return { kind: 'awareness', entries: readAwareness(readBytes(decoder)) }
    case queryAwareness:
      return { kind: 'queryAwareness' }
    default:
      throw new Error('no message of this protocol')
  }
}

function readSync(decoder: decoding.Decoder): DoorMessage {
  switch (decoding.readVarUint(decoder)) {
    case step1:
      return { kind: 'step1', vector: readBytes(decoder) }
    case step2:
      return { kind: 'step2', update: readBytes(decoder) }
    case update:
      return { kind: 'update', update: readBytes(decoder) }
    default:
      throw new Error('no sync message')
  }
}

const framed = (write: (encoder: encoding.Encoder) => void): Uint8Array => encoding.encode(write)

function syncFrame(kind: number, bytes: Uint8Array): Uint8Array {
  return framed(encoder => {
    encoding.writeVarUint(encoder, sync)
    encoding.writeVarUint(encoder, kind)
    encoding.writeVarUint8Array(encoder, bytes)
  })
}

export const step1Frame = (vector: Uint8Array): Uint8Array => syncFrame(step1, vector)
export const step2Frame = (bytes: Uint8Array): Uint8Array => syncFrame(step2, bytes)
export const updateFrame = (bytes: Uint8Array): Uint8Array => syncFrame(update, bytes)

export const awarenessFrame = (entries: readonly AwarenessEntry[]): Uint8Array =>
  awarenessFrameOf(encodeAwareness(entries))

export function awarenessFrameOf(update: Uint8Array): Uint8Array {
  return framed(encoder => {
    encoding.writeVarUint(encoder, awareness)
    encoding.writeVarUint8Array(encoder, update)
  })
}

/** A stock provider prints the sentence as a warning. */
export function permissionDeniedFrame(sentence: string): Uint8Array {
  return framed(encoder => {
    encoding.writeVarUint(encoder, auth)
    encoding.writeVarUint(encoder, permissionDenied)
    encoding.writeVarString(encoder, sentence)
  })
}
