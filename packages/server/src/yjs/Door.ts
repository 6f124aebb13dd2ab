import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { errorEntry } from '@tidemark/core'
import { type WebSocket, WebSocketServer } from 'ws'
import { credentialsFrom, requestUrl } from '../http/credentialsFrom.js'
import type { NodePort } from '../NodePort.js'
import { BoundedWebSocket } from '../socket/BoundedWebSocket.js'
import { closeReason } from './closeReason.js'
import { DoorConnection } from './DoorConnection.js'
import { DoorWorkspace } from './DoorWorkspace.js'
import { type DoorPlace, placeFromPath } from './doorPath.js'

const tickMs = 1_000
const closingMs = 1_000
/** A stock provider sends all that it has in one message: a body at its bound, and its deletions. */
const frameSlackBytes = 1 << 20

/**
 * The door for stock y-websocket clients: `/yjs/<workspace>/<collection>/<id>` opens a record's body.
 *
 * Everyone is let in and then told why not, since a browser sees no reason of a refused upgrade and the provider would
 * try for ever.
 */
export class Door {
  readonly #server: WebSocketServer
  readonly #connections = new Set<DoorConnection>()
  readonly #workspaceByName = new Map<string, DoorWorkspace>()
  #cancelTick: (() => void) | null = null
  #isDraining = false

  constructor(private readonly port: NodePort) {
    const maxPayload = port.limits.bodyBytes + frameSlackBytes
    this.#server = new WebSocketServer({
      noServer: true,
      clientTracking: false,
      maxPayload,
      perMessageDeflate: false,
      WebSocket: BoundedWebSocket,
    })
  }

  /** An upgrade whose path `isDoorPath`. */
  upgraded(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    this.#server.handleUpgrade(request, socket, head, webSocket => this.#connected(request, webSocket))
  }

  /** Every client is told to come back in a moment, to another node or the next start of this one. */
  drain(): void {
    this.#isDraining = true
    for (const connection of [...this.#connections]) connection.drained()
  }

  /** Resolves when the clients are gone; those that do not answer the close are cut off. */
  async close(): Promise<void> {
    const gone = [...this.#connections].map(connection => connection.gone)
    let cancel = (): void => {}
    const tooLong = new Promise<void>(resolve => {
      cancel = this.port.clock.after(closingMs, resolve)
    })
    await Promise.race([Promise.all(gone), tooLong])
    cancel()
    for (const connection of [...this.#connections]) connection.cutOff()
  }

  #connected(request: IncomingMessage, socket: WebSocket): void {
    const place = placeFromPath(requestUrl(request).pathname)
    if (place === null) refuse(socket, 'NOT_FOUND', 'The address is /yjs/<workspace>/<collection>/<id>.')
    else if (this.#isDraining) refuse(socket, 'DRAINING')
    else this.#connect(request, socket, place)
  }

  #connect(request: IncomingMessage, socket: WebSocket, place: DoorPlace): void {
    const workspace = this.#workspaceByName.get(place.workspace) ?? new DoorWorkspace(this.port, place.workspace)
    this.#workspaceByName.set(place.workspace, workspace)
    workspace.users++
    const credentials = credentialsFrom(request)
    const connection = new DoorConnection(this.port, socket, place, credentials, workspace, ended => {
      this.#connections.delete(ended)
      workspace.users--
      if (workspace.users === 0) {
        this.#workspaceByName.delete(place.workspace)
        workspace.stop()
      }
      this.#counted()
    })
    this.#connections.add(connection)
    this.#counted()
  }

  #counted(): void {
    this.port.metrics.gauge('sessions', this.#connections.size, { kind: 'door' })
    if (this.#connections.size > 0) this.#cancelTick ??= this.#tickLater()
    else {
      this.#cancelTick?.()
      this.#cancelTick = null
    }
  }

  #tickLater(): () => void {
    return this.port.clock.after(tickMs, () => {
      this.#cancelTick = this.#tickLater()
      for (const connection of [...this.#connections]) connection.ticked()
    })
  }
}

function refuse(socket: WebSocket, code: 'NOT_FOUND' | 'DRAINING', sentence = errorEntry(code).sentence): void {
  socket.on('error', () => {})
  socket.close(errorEntry(code).close, closeReason(sentence))
}
