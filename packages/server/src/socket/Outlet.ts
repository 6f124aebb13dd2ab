import { joinFrames } from './JoinCache.js'
import type { SendQueue } from './SendQueue.js'
import type { ServerSocket } from './ServerSocket.js'
import type { TimingWheel } from './TimingWheel.js'

/** What a session learns from its outlet, always in a macrotask of the flusher, never inside a call of its own. */
export interface OutletListener {
  /** There is room for the part that `pull` asked about. */
  readyForPart(): void
  /** The socket is empty again after frames were dropped: the session is to be caught up from its cursors. */
  recovered(): void
}

/** A session's way out: its queue and its socket. */
export class Outlet {
  /** Whether the flusher has it on its list, or at work. */
  isListed = false
  /** When the last frame that counts was taken, in ticks of the wheel. Passing ones say nothing of how far a client is. */
  saidAt: number

  constructor(
    readonly socket: ServerSocket,
    readonly queue: SendQueue,
    readonly listener: OutletListener,
    private readonly wheel: Pick<TimingWheel, 'now'>,
    private readonly due: (outlet: Outlet) => void,
  ) {
    this.saidAt = wheel.now
    socket.onDrain(() => this.#dueIfNeeded())
  }

  /** Sends a live frame in the next tick. False: dropped, as all until `recovered`, since the client is too slow. */
  send(frame: Uint8Array): boolean {
    const isTaken = this.queue.frameQueued(frame)
    this.saidAt = this.wheel.now
    this.#dueIfNeeded()
    return isTaken
  }

  /** Sends a part of a catch-up, after what was sent before. */
  sendPart(part: Uint8Array): void {
    this.queue.partQueued(part)
    this.saidAt = this.wheel.now
    this.#dueIfNeeded()
  }

  /** Sends a frame that matters only now, unless the client is slow. False: it does without. */
  sendPassing(frame: Uint8Array, maxBufferedBytes = 0): boolean {
    const isTaken = this.queue.passingQueued(frame, this.socket.bufferedBytes, maxBufferedBytes)
    if (isTaken) this.#dueIfNeeded()
    return isTaken
  }

  /** Asks for one `readyForPart`. */
  pull(): void {
    this.queue.pulled()
    this.#dueIfNeeded()
  }

  /** Drops what waits: it must not be sent any more. */
  clear(): void {
    this.queue.cleared()
  }

  /** Hands what waits to the socket and closes it. */
  close(code: number, reason: string): void {
    const unsent = this.queue.closed()
    if (unsent.length > 0) this.socket.send(joinFrames(unsent))
    this.socket.close(code, reason)
  }

  /** The socket is gone: nothing is sent and nothing told any more. */
  detach(): void {
    this.queue.closed()
  }

  #dueIfNeeded(): void {
    if (!this.isListed && this.queue.isDue) this.due(this)
  }
}
