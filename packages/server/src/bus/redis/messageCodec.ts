import { decodeEnvelope, decodeWhole, encodeEnvelope, TidemarkError } from '@tidemark/core'
import * as decoding from 'lib0/decoding'
import * as encoding from 'lib0/encoding'
import type { BusMessages, BusPresence, Topic, TopicKind } from '../Bus.js'

/** The first byte of each message. It goes up with every change of the bytes behind it. */
export const messageVersion = 1

/** The bytes of a message on its topic's channel; what the channel says is not in them. */
export function encodeMessage<K extends TopicKind>({ kind }: Topic<K>, message: BusMessages[K]): Uint8Array {
  const encoder = encoding.createEncoder()
  encoding.writeUint8(encoder, messageVersion)
  writeByKind[kind](encoder, message)
  return encoding.toUint8Array(encoder)
}

/** Null for a message of another version. Throws `BAD_FRAME` for bytes that make no sense. Keeps none of the bytes. */
export function decodeMessage<K extends TopicKind>({ kind, key }: Topic<K>, bytes: Uint8Array): BusMessages[K] | null {
  if (bytes.length === 0) throw new TidemarkError('BAD_FRAME', 'The message is empty.')
  if (bytes[0] !== messageVersion) return null
  return decodeWhole(bytes.subarray(1), decoder => readByKind[kind](decoder, key))
}

const writeByKind: { [K in TopicKind]: (encoder: encoding.Encoder, message: BusMessages[K]) => void } = {
  changes: encodeEnvelope,
  presence: (encoder, { scope, state, from, userId }) => {
    encoding.writeVarString(encoder, scope)
    encoding.writeVarUint8Array(encoder, state)
    encoding.writeVarString(encoder, from)
    encoding.writeVarString(encoder, userId)
  },
  node: encoding.writeUint8Array,
  cluster: encoding.writeUint8Array,
}

const readByKind: { [K in TopicKind]: (decoder: decoding.Decoder, key: string) => BusMessages[K] } = {
  changes: decodeEnvelope,
  presence: readPresence,
  node: readRest,
  cluster: readRest,
}

function readPresence(decoder: decoding.Decoder): BusPresence {
  const scope = decoding.readVarString(decoder)
  const state = decoding.readVarUint8Array(decoder).slice()
  const from = decoding.readVarString(decoder)
  return { scope, state, from, userId: decoding.readVarString(decoder) }
}

function readRest(decoder: decoding.Decoder): Uint8Array {
  return decoding.readTailAsUint8Array(decoder).slice()
}
