import type { IncomingMessage } from 'node:http'
import { checkJson, type Json } from '@tidemark/core'
import { HttpRefusal } from './HttpRefusal.js'

/**
 * The body of a request. Only `application/json` is taken: a browser asks before it sends that to another site, so
 * a node that knows its users by a cookie cannot be written to from a stranger's page.
 */
export async function readJson(request: IncomingMessage, maxBytes: number): Promise<Json> {
  if (!/^application\/json\s*(;|$)/i.test(request.headers['content-type'] ?? '')) {
    throw new HttpRefusal(415, 'INVALID', 'Send JSON, with content-type: application/json.')
  }
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length
    if (length > maxBytes) throw HttpRefusal.of('FRAME_TOO_LARGE', `A request may have ${maxBytes} bytes.`)
    chunks.push(chunk)
  }
  const value = parse(Buffer.concat(chunks))
  const problem = checkJson(value)
  if (problem !== undefined) {
    throw HttpRefusal.of('INVALID', `${['The body', ...problem.path].join('.')} ${problem.message}.`)
  }
  return value as Json
}

function parse(bytes: Buffer): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch {
    throw HttpRefusal.of('INVALID', 'The body is no JSON.')
  }
}
