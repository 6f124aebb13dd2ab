import type { IncomingMessage, ServerResponse } from 'node:http'
import { isId, type Json } from '@tidemark/core'
import { UserRate } from '../access/UserRate.js'
import type { NodePort } from '../NodePort.js'
import { credentialsFrom, requestUrl } from './credentialsFrom.js'
import type { Caller } from './decideOnce.js'
import { HttpRefusal, refusalFromError } from './HttpRefusal.js'
import { type HttpReply, jsonReply } from './HttpReply.js'
import { postAccess } from './postAccess.js'
import { postCommand } from './postCommand.js'
import { postRecords } from './postRecords.js'
import { postSnapshot } from './postSnapshot.js'
import { readJson } from './readJson.js'

export interface HttpOptions {
  /** What Prometheus fetches. */
  readonly metrics: { readonly contentType: string; text(): Promise<string> }
  /** Pages of other origins may call: for development. */
  readonly allowsAllOrigins: boolean
}

/** A request listener for a server that is shared: false = the request is somebody else's. */
export type HttpRoutes = (request: IncomingMessage, response: ServerResponse) => boolean

/** How long a burst of requests may be, in seconds of the permitted rate. */
const burstSeconds = 10

/** Health, metrics, and what can be done without a client library. */
export function httpRoutes(port: NodePort, options: HttpOptions): HttpRoutes {
  const { mutationsPerSecond } = port.limits
  const rate = new UserRate(mutationsPerSecond, mutationsPerSecond * burstSeconds)

  return (request, response) => {
    const path = requestUrl(request).pathname
    const route = routeOf(path)
    if (route === undefined) return false
    answer(route, path, request)
      .catch((error): HttpReply => refusalFromError(error)?.reply ?? failed(error, path))
      .then(reply => {
        port.metrics.count('httpRequests', { route, status: reply.status })
        respond(request, response, reply)
      })
      .catch(error => port.log.error({ error, path }, 'answering an HTTP request failed'))
    return true
  }

  async function answer(route: Route, path: string, request: IncomingMessage): Promise<HttpReply> {
    if (options.allowsAllOrigins && request.method === 'OPTIONS') return jsonReply(200, {})
    const method = route === 'post' ? 'POST' : 'GET'
    if (request.method !== method && !(method === 'GET' && request.method === 'HEAD')) {
      throw new HttpRefusal(405, 'INVALID', `${path} takes ${method}.`, { allow: method })
    }
    switch (route) {
      case 'healthz':
        return jsonReply(200, { status: 'ok' })
      case 'readyz':
        return ready()
      case 'metrics': {
        const { contentType, text } = options.metrics
        return { status: 200, contentType, body: await text.call(options.metrics) }
      }
      case 'post':
        return post(path, request)
    }
  }

  async function ready(): Promise<HttpReply> {
    if (!port.isReady) throw HttpRefusal.of('DRAINING')
    if (!(await port.reachesStore())) throw HttpRefusal.of('STORE_FAILED')
    return jsonReply(200, { status: 'ready' })
  }

  async function post(path: string, request: IncomingMessage): Promise<HttpReply> {
    const [workspace, what, name] = partsOf(path)
    const { token, headers } = credentialsFrom(request)
    if (!port.isReady) throw HttpRefusal.of('DRAINING')
    const user = await port.authenticate(token, headers)
    if (!rate.take(user.userId, port.clock.now())) throw HttpRefusal.of('TOO_FAST')
    const role = await port.access.role(user, workspace)
    if (role === 'none') throw HttpRefusal.of('FORBIDDEN')
    const caller: Caller = { user, role, workspace, key: keyOf(headers['idempotency-key']) }
    const body = await readJson(request, port.limits.frameBytes)
    return actionOf(what, name)(caller, body)
  }

  function actionOf(what: string, name: string | undefined): (caller: Caller, body: Json) => Promise<HttpReply> {
    if (what === 'commands' && name !== undefined) return (caller, body) => postCommand(port, caller, name, body)
    if (name === undefined) {
      if (what === 'records') return (caller, body) => postRecords(port, caller, body)
      if (what === 'access') return (caller, body) => postAccess(port, caller, body)
      if (what === 'snapshot') return (caller, body) => postSnapshot(port, caller, body)
    }
    throw new HttpRefusal(404, 'NOT_FOUND', 'There is /commands/<name>, /records, /access and /snapshot.')
  }

  function respond(request: IncomingMessage, response: ServerResponse, reply: HttpReply): void {
    const bytes = Buffer.from(reply.body)
    response.writeHead(reply.status, {
      'content-type': reply.contentType,
      'content-length': bytes.length,
      'cache-control': 'no-store',
      // What was not read of a refused request must not be taken for the next one.
      ...(request.complete ? {} : { connection: 'close' }),
      ...(options.allowsAllOrigins ? allOrigins : {}),
      ...reply.headers,
    })
    response.end(request.method === 'HEAD' ? undefined : bytes)
  }

  function failed(error: unknown, path: string): HttpReply {
    port.log.error({ error, path }, 'an HTTP request failed')
    return HttpRefusal.of('INTERNAL').reply
  }
}

type Route = 'healthz' | 'readyz' | 'metrics' | 'post'

function routeOf(path: string): Route | undefined {
  if (path === '/healthz') return 'healthz'
  if (path === '/readyz') return 'readyz'
  if (path === '/metrics') return 'metrics'
  return path.startsWith('/v1/') ? 'post' : undefined
}

/** `/v1/<workspace>/<what>/<name>` */
function partsOf(path: string): readonly [workspace: string, what: string, name: string | undefined] {
  const [workspace, what = '', name, ...rest] = path.slice('/v1/'.length).split('/').map(decoded)
  if (!isId(workspace) || rest.length > 0) throw new HttpRefusal(404, 'NOT_FOUND', 'There is no such address.')
  return [workspace, what, name]
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    throw new HttpRefusal(404, 'NOT_FOUND', 'There is no such address.')
  }
}

function keyOf(header: string | undefined): string | null {
  if (header === undefined) return null
  if (isId(header)) return header
  throw HttpRefusal.of('INVALID', 'An Idempotency-Key has 1 to 128 characters.')
}

const allOrigins = {
  'access-control-allow-origin': '*',
  'access-control-allow-methods': 'GET, POST',
  'access-control-allow-headers': 'authorization, content-type, idempotency-key',
}
