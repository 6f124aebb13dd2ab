/**
 * What waits to leave for one session: frames in order, shared with other sessions and never written to.
 *
 *     open ──frameQueued, beyond the bound──> overflowed          either ──closed──> closed
 *       ^────────flushed, socket empty────────────┘
 *
 * Overflowed: nothing is held and nothing taken. The session is a dirty set, caught up from its cursors when the socket
 * has drained. Live frames come at the world's pace, so their bytes are bounded here; parts of a catch-up are made only
 * when there is room for them, and passing frames are taken only then, so theirs are not. [G10]
 */
export class SendQueue {
  #state: SendState = emptyQueue()

  constructor(private readonly maxLiveBytes: number) {}

  /** Whether a turn is needed. */
  get isDue(): boolean {
    const state = this.#state
    return state.kind === 'overflowed' || (state.kind === 'open' && (state.frames.length > 0 || state.isPulled))
  }

  /**
   * A live frame came. False: it is not taken, and if this is the first, all that waited was dropped. One that no other
   * live frame stands before is always taken, however large.
   */
  frameQueued(frame: Uint8Array): boolean {
    const state = this.#state
    if (state.kind !== 'open') return false
    const liveBytes = state.bytes - bytesOf(state.unbounded)
    if (liveBytes > 0 && liveBytes + frame.length > this.maxLiveBytes) {
      this.#state = { kind: 'overflowed' }
      return false
    }
    state.frames.push(frame)
    state.bytes += frame.length
    return true
  }

  /** A part of a catch-up came. Dropped where live frames are: the catch-up begins anew then. */
  partQueued(part: Uint8Array): void {
    const state = this.#state
    if (state.kind !== 'open') return
    pushUnbounded(state, part)
  }

  /**
   * A frame came that matters only now: who is slow does without. It is taken if the socket holds no more than
   * `maxBufferedBytes`, and here there is room for one more write beside.
   */
  passingQueued(frame: Uint8Array, bufferedBytes: number, maxBufferedBytes: number): boolean {
    const state = this.#state
    if (state.kind !== 'open' || bufferedBytes > maxBufferedBytes) return false
    if (state.bytes + frame.length > maxBufferedBytes + maxUnflushedBytes) return false
    pushUnbounded(state, frame)
    return true
  }

  /** The session has a part to make as soon as there is room for it. */
  pulled(): void {
    if (this.#state.kind === 'open') this.#state.isPulled = true
  }

  /** The session's turn came: whether it shall make the part now, before what waits is flushed. */
  partDue(bufferedBytes: number): boolean {
    const state = this.#state
    if (state.kind !== 'open' || !state.isPulled || state.bytes + bufferedBytes >= maxUnflushedBytes) return false
    state.isPulled = false
    return true
  }

  /** The session's turn came. So many bytes were handed to its socket and have not left. */
  flushed(bufferedBytes: number): SendEffect {
    const state = this.#state
    if (state.kind === 'open' && state.frames.length > 0 && bufferedBytes < maxUnflushedBytes) {
      return { kind: 'send', frames: takeFrames(state, maxUnflushedBytes - bufferedBytes) }
    }
    if (state.kind === 'overflowed' && bufferedBytes === 0) {
      this.#state = emptyQueue()
      return { kind: 'recover' }
    }
    return { kind: 'wait' }
  }

  /** What waits must not be sent any more: the session's rights changed. */
  cleared(): void {
    if (this.#state.kind === 'open') this.#state = emptyQueue()
  }

  /** The session is over. Returns what it had not been sent. */
  closed(): readonly Uint8Array[] {
    const unsent = this.#state.kind === 'open' ? this.#state.frames : []
    this.#state = { kind: 'closed' }
    return unsent
  }
}

export type SendEffect =
  /** Hand these to the socket as one message. */
  | { readonly kind: 'send'; readonly frames: readonly Uint8Array[] }
  /** Tell the session to catch up from its cursors. */
  | { readonly kind: 'recover' }
  /** Nothing, until something is queued or the socket drains. */
  | { readonly kind: 'wait' }

/** No more than this is handed to a socket that does not pass it on. A part is made to be about as large. */
const maxUnflushedBytes = 64 << 10

type SendState = OpenQueue | { readonly kind: 'overflowed' } | { readonly kind: 'closed' }

interface OpenQueue {
  readonly kind: 'open'
  frames: Uint8Array[]
  /** Of all frames. */
  bytes: number
  /** Those of the frames that the bound does not count: parts and passing ones. */
  unbounded: Uint8Array[]
  isPulled: boolean
}

const emptyQueue = (): OpenQueue => ({ kind: 'open', frames: [], bytes: 0, unbounded: [], isPulled: false })

function pushUnbounded(queue: OpenQueue, frame: Uint8Array): void {
  queue.frames.push(frame)
  queue.unbounded.push(frame)
  queue.bytes += frame.length
}

/** Takes as many frames as there is room for, and the first in any case. */
function takeFrames(queue: OpenQueue, room: number): readonly Uint8Array[] {
  const { frames } = queue
  let count = 0
  let bytes = 0
  for (const { length } of frames) {
    if (count > 0 && bytes + length > room) break
    bytes += length
    count++
  }
  queue.bytes -= bytes
  if (count === frames.length) {
    queue.frames = []
    queue.unbounded = []
    return frames
  }
  const taken = frames.splice(0, count)
  const left = new Set(frames)
  queue.unbounded = queue.unbounded.filter(frame => left.has(frame))
  return taken
}

function bytesOf(frames: readonly Uint8Array[]): number {
  let bytes = 0
  for (const { length } of frames) bytes += length
  return bytes
}
