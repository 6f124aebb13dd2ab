import type { Duplex } from 'node:stream'
import type { Metrics } from '../metrics/Metrics.js'
import type { Scheduler } from './Scheduler.js'

export interface UpgradeQueueParts {
  readonly scheduler: Scheduler
  readonly metrics: Metrics
  /** Beyond so many that wait, who connects is refused. */
  readonly mostWaiting: number
}

const everyMs = 10
/** Who is here feels it when the event loop comes so much later than it was asked to. */
const lateMs = 5
const firstAtOnce = 16
const mostAtOnce = 64

const refusal = [
  'HTTP/1.1 503 Service Unavailable',
  'Retry-After: 2',
  'Content-Length: 0',
  'Connection: close',
  '\r\n',
].join('\r\n')

/**
 * Lets in one after another who connects at once: as many every few milliseconds as the event loop stays on time with,
 * and one at least. So a crowd takes what those who are here leave over. [L3]
 */
export class UpgradeQueue {
  readonly #waiting: WaitingSocket[] = []
  #atOnce = firstAtOnce
  /** How many may still come in before the next look at the clock. */
  #left = firstAtOnce
  #cancelLook: (() => void) | null = null
  #isClosed = false

  constructor(private readonly parts: UpgradeQueueParts) {}

  /** Calls `take` when it is the connection's turn, if the peer is still there. */
  add(socket: Duplex, take: () => void): void {
    if (this.#isClosed || this.#waiting.length >= this.parts.mostWaiting) this.#refuse(socket)
    else this.#waiting.push(new WaitingSocket(socket, take))
    this.#letIn()
  }

  /** Refuses who waits and whoever comes. */
  close(): void {
    this.#isClosed = true
    this.#cancelLook?.()
    for (const { socket } of this.#waiting.splice(0)) this.#refuse(socket)
  }

  #letIn(): void {
    if (this.#isClosed) return
    while (this.#left > 0) {
      const next = this.#waiting.shift()
      if (next === undefined) break
      if (next.letIn()) this.#left--
    }
    if (this.#left < this.#atOnce) this.#cancelLook ??= this.#look()
  }

  #look(): () => void {
    const { scheduler } = this.parts
    const dueAt = scheduler.now() + everyMs
    return scheduler.after(everyMs, () => {
      this.#cancelLook = null
      const isLate = scheduler.now() - dueAt > lateMs
      const next = isLate ? this.#atOnce / 2 : this.#atOnce * 1.25
      this.#atOnce = Math.ceil(Math.min(next, mostAtOnce))
      this.#left = this.#atOnce
      this.#letIn()
    })
  }

  /** Whoever speaks WebSocket takes it for a lost connection, and comes again a while later. */
  #refuse(socket: Duplex): void {
    this.parts.metrics.count('closes', { code: 'BUSY' })
    socket.on('error', () => socket.destroy())
    socket.end(refusal, () => socket.destroy())
  }
}

/** It is read while it waits, though nobody says anything before an upgrade: else its end would not be heard. */
class WaitingSocket {
  #isGone = false

  constructor(
    readonly socket: Duplex,
    private readonly take: () => void,
  ) {
    socket.on('error', this.#gone).on('end', this.#gone).on('close', this.#gone).resume()
  }

  /** False if it has gone. */
  letIn(): boolean {
    if (this.#isGone) return false
    this.socket.off('error', this.#gone).off('end', this.#gone).off('close', this.#gone)
    this.take()
    return true
  }

  readonly #gone = (): void => {
    this.#isGone = true
    this.socket.destroy()
  }
}
