import { isPlainObject, type Json } from '@tidemark/core'
import type { NodePort } from '../NodePort.js'
import { answerReply } from './answerReply.js'
import { type Caller, decideOnce, writeIdOf } from './decideOnce.js'
import type { HttpReply } from './HttpReply.js'
import { rowWriteFrom } from './rowWrite.js'

/** `POST /v1/<workspace>/records`: one write, or `{ batch: [writes] }`, all or nothing. Answers with the ids. */
export async function postRecords(port: NodePort, caller: Caller, body: Json): Promise<HttpReply> {
  const writeId = writeIdOf(port, caller)
  if (isPlainObject(body) && Array.isArray(body.batch)) {
    const writes = body.batch.map((write, index) => rowWriteFrom(write, writeId, index))
    const answer = await decideOnce(port, caller, writeId, { kind: 'batch', writes })
    return answerReply(answer, { ids: writes.map(({ id }) => id) })
  }
  const write = rowWriteFrom(body, writeId, 0)
  return answerReply(await decideOnce(port, caller, writeId, { kind: 'write', write }), { id: write.id })
}
