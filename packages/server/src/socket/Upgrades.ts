import type { Duplex } from 'node:stream'
import type { Metrics } from '../metrics/Metrics.js'
import type { Arrival, Arrivals } from './Arrivals.js'

const refusal = [
  'HTTP/1.1 503 Service Unavailable',
  'Retry-After: 2',
  'Content-Length: 0',
  'Connection: close',
  '\r\n',
].join('\r\n')

/** Connections that are to become WebSockets, each in its turn. */
export class Upgrades {
  readonly #waiting = new Set<WaitingSocket>()
  #isClosed = false

  constructor(
    private readonly arrivals: Arrivals,
    private readonly metrics: Metrics,
  ) {}

  /** Calls `take` when it is the connection's turn, if the peer is still there. */
  add(socket: Duplex, take: () => void): void {
    const waiting = new WaitingSocket(socket, take, () => this.#waiting.delete(waiting))
    this.#waiting.add(waiting)
    if (this.#isClosed || !this.arrivals.connects(waiting)) this.#refuse(waiting)
  }

  /** Refuses who waits and whoever comes. */
  close(): void {
    this.#isClosed = true
    for (const waiting of this.#waiting) this.#refuse(waiting)
  }

  #refuse(waiting: WaitingSocket): void {
    this.metrics.count('closes', { code: 'BUSY' })
    waiting.refuse()
  }
}

/** It is read while it waits, though nobody says anything before an upgrade: else its end would not be heard. */
class WaitingSocket implements Arrival {
  #isHere = true

  constructor(
    private readonly socket: Duplex,
    private readonly take: () => void,
    /** It waits no more. */
    private readonly ended: () => void,
  ) {
    socket.on('error', this.#gone).on('end', this.#gone).on('close', this.#gone).resume()
  }

  isHere(): boolean {
    return this.#isHere
  }

  letIn(): void {
    this.socket.off('error', this.#gone).off('end', this.#gone).off('close', this.#gone)
    this.ended()
    this.take()
  }

  /** Whoever speaks WebSocket takes it for a lost connection, and comes again a while later. */
  refuse(): void {
    this.#isHere = false
    this.ended()
    this.socket.end(refusal, () => this.socket.destroy())
  }

  readonly #gone = (): void => {
    this.#isHere = false
    this.ended()
    this.socket.destroy()
  }
}
