import type * as decoding from 'lib0/decoding'
import * as encoding from 'lib0/encoding'
import type { NumberedMutation } from '../mutation/Mutation.js'
import { decodeMutation, encodeMutation } from './mutationCodec.js'
import { messageType } from './protocol.js'
import { readCount, readUint } from './read.js'

/** Mutations of the outbox, in order of their numbers. */
export interface Push {
  readonly type: 'push'
  /** The greatest number whose answer this replica has. */
  readonly answered: number
  readonly mutations: readonly NumberedMutation[]
}

export function encodePush(encoder: encoding.Encoder, message: Push): void {
  encoding.writeUint8(encoder, messageType.push)
  encoding.writeVarUint(encoder, message.answered)
  encoding.writeVarUint(encoder, message.mutations.length)
  for (const mutation of message.mutations) encodeMutation(encoder, mutation)
}

export function decodePush(decoder: decoding.Decoder): Push {
  const answered = readUint(decoder)
  const mutations: NumberedMutation[] = []
  for (let left = readCount(decoder); left > 0; left--) mutations.push(decodeMutation(decoder))
  return { type: 'push', answered, mutations }
}
