import type { Answer } from '@tidemark/core'
import { statusOf } from './HttpRefusal.js'
import { type HttpReply, jsonReply } from './HttpReply.js'

/** An answer of the authority; what was accepted with what else there is to say. */
export function answerReply(answer: Answer, more: object = {}): HttpReply {
  const { number: _, ...said } = answer
  if (said.status === 'accepted') return jsonReply(200, { ...said, ...more })
  return jsonReply(statusOf(said.code), said)
}
