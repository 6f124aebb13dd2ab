import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { type WebSocket, WebSocketServer } from 'ws'
import type { NodeCore } from '../NodeCore.js'
import { BoundedWebSocket } from './BoundedWebSocket.js'
import type { ServerSocket } from './ServerSocket.js'
import { saidGoodbye } from './saidGoodbye.js'

/** Takes WebSocket upgrades of native clients and hands their frames to the node's sessions. */
export class NodeSockets {
  readonly #server: WebSocketServer

  constructor(private readonly node: NodeCore) {
    const { frameBytes } = node.limits
    this.#server = new WebSocketServer({
      noServer: true,
      maxPayload: frameBytes,
      perMessageDeflate: false,
      WebSocket: BoundedWebSocket,
    })
  }

  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    this.#server.handleUpgrade(request, socket, head, ws => this.#connected(ws, request))
  }

  close(): void {
    for (const ws of this.#server.clients) ws.terminate()
    this.#server.close()
  }

  #connected(ws: WebSocket, request: IncomingMessage): void {
    const session = this.node.connected(new WsServerSocket(ws), headersOf(request))
    ws.on('message', (data, isBinary) => {
      if (isBinary) session.received(data as Buffer)
      else session.close('BAD_FRAME')
    })
    ws.on('close', code => session.disconnected(saidGoodbye(code)))
    // The close is under way already: the session learns why.
    ws.on('error', error => {
      if ('code' in error && error.code === 'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH') session.close('FRAME_TOO_LARGE')
    })
  }
}

/** `ws` as a session's way out. */
export class WsServerSocket implements ServerSocket {
  #drained: (() => void) | null = null
  #unsent = 0

  constructor(private readonly ws: WebSocket) {
    ws.binaryType = 'nodebuffer'
  }

  get bufferedBytes(): number {
    return this.ws.bufferedAmount
  }

  send(bytes: Uint8Array): void {
    if (this.ws.readyState !== this.ws.OPEN) return
    this.#unsent++
    this.ws.send(bytes, { binary: true }, () => {
      if (--this.#unsent === 0) this.#drained?.()
    })
  }

  onDrain(drained: () => void): void {
    this.#drained = drained
  }

  close(code: number, reason: string): void {
    this.ws.close(code, reason)
    // A peer that does not answer the close is cut off by ws after 30 s.
  }
}

function headersOf(request: IncomingMessage): Record<string, string | undefined> {
  const headers: Record<string, string | undefined> = {}
  for (const [name, value] of Object.entries(request.headers)) headers[name] = Array.isArray(value) ? value[0] : value
  return headers
}
