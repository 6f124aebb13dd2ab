import { errors } from '@tidemark/core'
import type { Metrics } from '../metrics/Metrics.js'
import { JoinCache } from './JoinCache.js'
import { Outlet, type OutletListener } from './Outlet.js'
import type { Scheduler } from './Scheduler.js'
import { SendQueue } from './SendQueue.js'
import type { ServerSocket } from './ServerSocket.js'
import type { TimingWheel } from './TimingWheel.js'

export interface FlusherOptions {
  /** Live frames that may wait for one session. */
  readonly maxQueuedBytes: number
  readonly metrics: Metrics
  readonly wheel: Pick<TimingWheel, 'now'>
  /** A listener threw: the fault is ours, and that one session is closed. */
  readonly failed: (error: unknown) => void
}

/** After so many sockets the event loop gets to read and to time. */
const socketsPerTurn = 2_000
/** The longest rest between two ticks, so the most that joining frames costs in latency. */
const maxRestMs = 16

/**
 * Writes to sockets: to each at most once per tick, all that waits for it as one message, since it is the number of
 * writes that costs. [P18]
 *
 *     idle ──due──> scheduled ──soon──> ticking ──took under 1 ms──> idle, or scheduled again
 *                                          └──── took longer ────> resting, as long as it took ──> idle, or ticking
 *
 * Idle, a frame leaves in the next macrotask. Under load a tick is followed by a rest as long as itself, 16 ms at most,
 * in which frames gather: half of the time is for everything else.
 */
export class Flusher {
  #phase: 'idle' | 'scheduled' | 'ticking' | 'resting' = 'idle'
  #due: Outlet[] = []
  #sent = { frames: 0, bytes: 0 }

  constructor(
    private readonly scheduler: Scheduler,
    private readonly options: FlusherOptions,
  ) {}

  /** The way out for a new session. */
  attach(socket: ServerSocket, listener: OutletListener): Outlet {
    const { maxQueuedBytes, wheel } = this.options
    return new Outlet(socket, new SendQueue(maxQueuedBytes), listener, wheel, this.#list)
  }

  readonly #list = (outlet: Outlet): void => {
    outlet.isListed = true
    this.#due.push(outlet)
    if (this.#phase === 'idle') this.#schedule()
  }

  #schedule(): void {
    this.#phase = 'scheduled'
    this.scheduler.soon(() => this.#tick())
  }

  #tick(): void {
    this.#phase = 'ticking'
    const outlets = this.#due
    this.#due = []
    this.#turn(outlets, 0, new JoinCache(), 0)
  }

  #turn(outlets: readonly Outlet[], from: number, joins: JoinCache, tookMs: number): void {
    const startedAt = this.scheduler.now()
    const to = Math.min(from + socketsPerTurn, outlets.length)
    for (let place = from; place < to; place++) this.#serve(outlets[place] as Outlet, joins)
    this.#count()
    const nowTookMs = tookMs + Math.max(0, this.scheduler.now() - startedAt)
    if (to < outlets.length) this.scheduler.soon(() => this.#turn(outlets, to, joins, nowTookMs))
    else this.#ticked(nowTookMs)
  }

  #ticked(tookMs: number): void {
    if (tookMs >= 1) {
      this.#phase = 'resting'
      this.scheduler.after(Math.min(tookMs, maxRestMs), () => {
        if (this.#due.length > 0) this.#tick()
        else this.#phase = 'idle'
      })
    } else if (this.#due.length > 0) this.#schedule()
    else this.#phase = 'idle'
  }

  /** Once a turn: to count each message would cost as much as to send it. */
  #count(): void {
    if (this.#sent.frames === 0) return
    this.options.metrics.count('framesSent', {}, this.#sent.frames)
    this.options.metrics.count('bytesSent', {}, this.#sent.bytes)
    this.#sent = { frames: 0, bytes: 0 }
  }

  #send(socket: ServerSocket, message: Uint8Array): void {
    this.#sent.frames++
    this.#sent.bytes += message.length
    socket.send(message)
  }

  #serve(outlet: Outlet, joins: JoinCache): void {
    const { socket, queue, listener } = outlet
    try {
      const isAsked = queue.partDue(socket.bufferedBytes)
      if (isAsked) listener.readyForPart()
      const effect = queue.flushed(socket.bufferedBytes)
      outlet.isListed = false
      if (effect.kind === 'send') this.#send(socket, joins.join(effect.frames))
      else if (effect.kind === 'recover') listener.recovered()
      const hasMoved = isAsked || effect.kind !== 'wait'
      if (hasMoved && queue.isDue && !outlet.isListed) this.#list(outlet)
    } catch (error) {
      outlet.detach()
      this.options.failed(error)
      socket.close(errors.INTERNAL.close, 'INTERNAL')
    }
  }
}
