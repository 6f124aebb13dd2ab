import { isPlainObject, type Json } from '@tidemark/core'
import type { NodePort } from '../NodePort.js'
import type { Caller } from './decideOnce.js'
import { HttpRefusal } from './HttpRefusal.js'
import { type HttpReply, jsonReply } from './HttpReply.js'

/** `POST /v1/<workspace>/access`: rights changed outside, of `{ userId }` or of `"all"`. For those who may write. */
export async function postAccess(port: NodePort, { role, workspace }: Caller, body: Json): Promise<HttpReply> {
  if (role !== 'write') throw HttpRefusal.of('FORBIDDEN')
  const userId = isPlainObject(body) ? body.userId : undefined
  if (body !== 'all' && typeof userId !== 'string') {
    throw HttpRefusal.of('INVALID', 'The body is "all" or an object with a userId.')
  }
  await port.accessChanged(workspace, body === 'all' ? null : (userId as string))
  return jsonReply(200, { status: 'accepted' })
}
