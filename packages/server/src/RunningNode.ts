import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import { type AnyCommand, errorEntry, TidemarkError } from '@tidemark/core'
import { requestUrl } from './http/credentialsFrom.js'
import { type HttpRoutes, httpRoutes } from './http/httpRoutes.js'
import type { PromMetrics } from './metrics/PromMetrics.js'
import type { NodeCore } from './NodeCore.js'
import type { TidemarkNode } from './NodeOptions.js'
import { nodePortOf } from './nodePortOf.js'
import { NodeSockets } from './socket/NodeSockets.js'
import { systemScheduler } from './socket/Scheduler.js'
import { Upgrades } from './socket/Upgrades.js'
import { NodeWorkspace } from './workspace/NodeWorkspace.js'
import { Door } from './yjs/Door.js'
import { isDoorPath } from './yjs/doorPath.js'

/** Where `authenticate` finds the `?user=` of development. */
export const userHeader = 'x-tidemark-user'

/** How long a stopping node waits for HTTP requests that are under way. */
const answerMs = 1_000

export interface RunningNodeParts {
  readonly node: NodeCore
  readonly metrics: PromMetrics
  readonly commandByName: ReadonlyMap<string, AnyCommand>
  /** Pages of other origins may call, and `?user=` says who it is. */
  readonly isDevelopment: boolean
}

/** A node and its doors: WebSockets of native clients and of y-websocket, and HTTP. */
export class RunningNode implements TidemarkNode {
  readonly #node: NodeCore
  readonly #sockets: NodeSockets
  readonly #door: Door
  readonly #routes: HttpRoutes
  readonly #upgrades: Upgrades
  readonly #isDevelopment: boolean
  /** Those that `listen` has made, and how to leave those of the app. */
  readonly #ownServers = new Set<Server>()
  readonly #detach: (() => void)[] = []

  constructor({ node, metrics, commandByName, isDevelopment }: RunningNodeParts) {
    const port = nodePortOf(node, commandByName)
    this.#node = node
    this.#upgrades = new Upgrades(node.arrivals, metrics)
    this.#isDevelopment = isDevelopment
    this.#sockets = new NodeSockets(node)
    this.#door = new Door(port)
    this.#routes = httpRoutes(port, { metrics, allowsAllOrigins: isDevelopment })
  }

  async listen({ port, host = '127.0.0.1' }: { readonly port: number; readonly host?: string }): Promise<{
    readonly url: string
  }> {
    const server = createServer((_request, response) => {
      response.writeHead(404, { 'content-type': 'text/plain' }).end('There is nothing here: the app is elsewhere.\n')
    })
    this.attach(server)
    await new Promise<void>((resolve, reject) => {
      server.once('error', error => reject(listenError(error, port)))
      server.listen(port, host, resolve)
    })
    this.#ownServers.add(server)
    const address = server.address()
    const actual = typeof address === 'object' && address !== null ? address.port : port
    return { url: `http://${host.includes(':') ? `[${host}]` : host}:${actual}` }
  }

  /** Takes what is the node's and leaves the rest to the listeners that the server has already. */
  attach(server: object): void {
    const shared = server as Server
    const others = shared.listeners('request') as RequestListener[]
    const request = (request: IncomingMessage, response: ServerResponse): void => {
      if (this.#isDevelopment) nameUser(request)
      if (this.#routes(request, response as Parameters<HttpRoutes>[1])) return
      for (const other of others) other.call(shared, request, response as Parameters<RequestListener>[1])
    }
    const upgrade = (request: IncomingMessage, socket: Duplex, head: Buffer): void => {
      if (this.#isDevelopment) nameUser(request)
      const { pathname } = requestUrl(request)
      const isDoor = isDoorPath(pathname)
      // Another path is taken only where nobody else could mean it: a bundler has sockets of its own, for example.
      if (!isDoor && pathname !== '/' && shared.listenerCount('upgrade') > 1) return
      this.#upgrades.add(socket, () => {
        if (isDoor) this.#door.upgraded(request, socket, head)
        else this.#sockets.upgrade(request, socket, head)
      })
    }
    shared.removeAllListeners('request')
    shared.on('request', request)
    shared.on('upgrade', upgrade)
    this.#detach.push(() => {
      shared.off('request', request)
      shared.off('upgrade', upgrade)
      for (const other of others) shared.on('request', other)
    })
  }

  workspace(id: string): NodeWorkspace {
    return new NodeWorkspace(this.#node, id)
  }

  /** Clients are sent away first, so that they are elsewhere while the rest is committed. */
  async stop(): Promise<void> {
    this.#upgrades.close()
    this.#door.drain()
    await this.#node.stop()
    await this.#door.close()
    this.#sockets.close()
    for (const detach of this.#detach.splice(0)) detach()
    await Promise.all([...this.#ownServers].map(closed))
  }
}

/** In development `?user=alice` says who it is. */
function nameUser(request: IncomingMessage): void {
  const user = requestUrl(request).searchParams.get('user')
  if (user !== null) request.headers[userHeader] = user
}

/** What was asked is answered; who has still not asked after a while is cut off. */
function closed(server: Server): Promise<void> {
  return new Promise(resolve => {
    const cancelCut = systemScheduler.after(answerMs, () => server.closeAllConnections())
    server.close(() => {
      cancelCut()
      resolve()
    })
    server.closeIdleConnections()
  })
}

function listenError(error: Error, port: number): Error {
  const code = 'code' in error ? error.code : undefined
  if (code === 'EADDRINUSE') {
    return new TidemarkError('PORT_TAKEN', `Port ${port} is taken: stop what listens there, or choose another.`)
  }
  if (code !== 'EACCES' && code !== 'EADDRNOTAVAIL') return error
  return new TidemarkError(
    'BAD_CONFIG',
    `Port ${port} or the host cannot be listened on (${error.message}). ${errorEntry('BAD_CONFIG').sentence}`,
  )
}
