import type { ClientSocket, SocketEvents } from '@tidemark/client/testing'
import type { ServerSocket } from '@tidemark/server/testing'
import type { Process } from '../world/Process.js'
import type { VirtualTime } from '../world/VirtualTime.js'

/** What hears a wire's frames at the node. */
export interface NodeEnd {
  received(frame: Uint8Array): void
  disconnected(): void
}

/** Who looks on: every frame as it is sent, and as it is received. */
export interface WireTap {
  sentByClient(frame: Uint8Array): void
  receivedByNode(frame: Uint8Array): void
  sentByNode(frame: Uint8Array): void
  receivedByClient(frame: Uint8Array): void
  closed(by: 'client' | 'node' | 'network', code: number): void
}

export interface WireOptions {
  readonly time: VirtualTime
  readonly client: Process
  readonly node: Process
  readonly tap: WireTap
  /** Draws the way of one frame, ms. */
  latencyMs(): number
}

/** What the buffers of a stalled socket hold of other bytes: a reader that reads nothing has its windows full. */
const stalledBytes = 64 << 10

/**
 * One connection between a client and a node. Frames keep their order within a direction; nothing else is promised.
 *
 * Cut: both ends learn of it, each in its time, and what was under way is lost. Silent: nothing passes and nobody is told.
 * Stalled: what the node sends waits in its socket.
 */
export class Wire {
  readonly #options: WireOptions
  readonly #events: SocketEvents
  #nodeEnd: NodeEnd | null = null
  #phase: 'opening' | 'open' | 'closed' = 'opening'
  #isSilent = false
  #isStalled = false
  #isClientTold = false
  #isNodeTold = false
  #hasEnded = false
  readonly #lastArrivalMs = { toClient: 0, toNode: 0 }
  #waiting: Uint8Array[] = []
  #drained: () => void = () => {}
  /** Goes up when what is under way is lost. */
  #epoch = 0

  constructor(options: WireOptions, events: SocketEvents) {
    this.#options = options
    this.#events = events
    options.client.ended(() => {
      this.#isClientTold = true
      this.cut()
      this.#ended('network', 1006)
    })
    options.node.ended(() => this.cut())
  }

  get isOpen(): boolean {
    return this.#phase === 'open'
  }

  /** Nothing passes, and an end may not have noticed. */
  get isSilent(): boolean {
    return this.#isSilent
  }

  get node(): Process {
    return this.#options.node
  }

  /** The node took the connection. */
  connect(accept: (socket: ServerSocket) => NodeEnd): void {
    if (this.#phase !== 'opening') return
    this.#phase = 'open'
    this.#nodeEnd = accept(this.#serverSocket)
    this.#deliver('toClient', () => this.#events.opened())
  }

  /** Nobody listens there. */
  refuse(): void {
    if (this.#phase === 'opening') this.cut()
  }

  /** The connection breaks: what is under way is lost, and both ends learn of it. */
  cut(): void {
    if (this.#phase === 'closed') return
    this.#phase = 'closed'
    this.#epoch++
    this.#ended('network', 1006)
    this.#tellClient(1006)
    this.#tellNode()
  }

  /** From now on nothing passes, and nobody is told. */
  silence(): void {
    this.#isSilent = true
    this.#epoch++
  }

  /** The client's reader stands still, or goes on. */
  stall(isStalled: boolean): void {
    const goesOn = this.#isStalled && !isStalled
    this.#isStalled = isStalled
    if (!goesOn) return
    for (const frame of this.#waiting.splice(0)) this.#toClient(frame)
    this.#options.node.after(0, () => this.#drained())
  }

  readonly clientSocket: ClientSocket = clientSocketOf(this)

  sendFromClient(frame: Uint8Array): void {
    if (this.#phase !== 'open' || this.#isClientTold) return
    this.#options.tap.sentByClient(frame)
    const own = frame.slice()
    this.#deliver('toNode', () => {
      this.#options.tap.receivedByNode(own)
      this.#nodeEnd?.received(own)
    })
  }

  closeFromClient(): void {
    if (this.#isClientTold) return
    this.#isClientTold = true
    const isOpen = this.#phase !== 'closed'
    this.#phase = 'closed'
    this.#ended('client', 1000)
    if (isOpen) this.#tellNode()
  }

  readonly #serverSocket: ServerSocket = serverSocketOf({
    send: frame => {
      if (this.#phase !== 'open') return
      this.#options.tap.sentByNode(frame)
      if (this.#isStalled) this.#waiting.push(frame.slice())
      else {
        this.#toClient(frame.slice())
        this.#options.node.after(0, () => this.#drained())
      }
    },
    bufferedBytes: () => (this.#isStalled ? this.#waiting.reduce((sum, frame) => sum + frame.length, stalledBytes) : 0),
    onDrain: drained => {
      this.#drained = drained
    },
    close: (code, reason) => {
      if (this.#phase === 'closed') return
      this.#phase = 'closed'
      this.#isNodeTold = true
      this.#ended('node', code)
      for (const frame of this.#waiting.splice(0)) this.#toClient(frame)
      if (!this.#isSilent) this.#deliver('toClient', () => this.#closedAtClient(code, reason))
    },
  })

  #toClient(frame: Uint8Array): void {
    this.#deliver('toClient', () => {
      if (this.#isClientTold) return
      this.#options.tap.receivedByClient(frame)
      this.#events.received(frame)
    })
  }

  /** In order, and only if nothing was lost meanwhile. */
  #deliver(way: 'toClient' | 'toNode', fn: () => void): void {
    if (this.#isSilent) return
    const { time, latencyMs, client, node } = this.#options
    const atMs = Math.max(this.#lastArrivalMs[way], time.nowMs + latencyMs())
    this.#lastArrivalMs[way] = atMs
    const epoch = this.#epoch
    const process = way === 'toClient' ? client : node
    time.after(atMs - time.nowMs, () => {
      if (epoch !== this.#epoch) return
      process.run(fn)
    })
  }

  #tellClient(code: number): void {
    if (this.#isSilent || this.#isClientTold) return
    const { time, latencyMs, client } = this.#options
    time.after(latencyMs(), () => client.run(() => this.#closedAtClient(code, '')))
  }

  #closedAtClient(code: number, reason: string): void {
    if (this.#isClientTold) return
    this.#isClientTold = true
    this.#events.closed(code, reason)
  }

  #tellNode(): void {
    const { time, latencyMs, node } = this.#options
    if (this.#isNodeTold || this.#isSilent) return
    this.#isNodeTold = true
    const atMs = Math.max(this.#lastArrivalMs.toNode, time.nowMs + latencyMs())
    time.after(atMs - time.nowMs, () => node.run(() => this.#nodeEnd?.disconnected()))
  }

  /** Nobody takes it for open any more. */
  #ended(by: 'client' | 'node' | 'network', code: number): void {
    if (this.#hasEnded || (this.#isSilent && !this.#isClientTold)) return
    this.#hasEnded = true
    this.#options.tap.closed(by, code)
  }
}

function clientSocketOf(wire: Wire): ClientSocket {
  return {
    bufferedBytes: 0,
    send: frame => wire.sendFromClient(frame),
    close: () => wire.closeFromClient(),
  }
}

function serverSocketOf(verbs: Omit<ServerSocket, 'bufferedBytes'> & { bufferedBytes(): number }): ServerSocket {
  return {
    send: bytes => verbs.send(bytes),
    onDrain: drained => verbs.onDrain(drained),
    close: (code, reason) => verbs.close(code, reason),
    get bufferedBytes() {
      return verbs.bufferedBytes()
    },
  }
}
