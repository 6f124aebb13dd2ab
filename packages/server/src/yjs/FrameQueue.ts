/** Frames saved up by a quiet client: it may say so many seconds' worth at once. */
const burstSeconds = 10

/** A client's frames in their order, no faster than they may be taken. */
export class FrameQueue {
  readonly #frames: Uint8Array[] = []
  #tokens: number
  #isPaused = false

  constructor(private readonly framesPerSecond: number) {
    this.#tokens = framesPerSecond * burstSeconds
  }

  get isPaused(): boolean {
    return this.#isPaused
  }

  received(frame: Uint8Array): void {
    this.#frames.push(frame)
  }

  /** The frame whose turn it is, if it may be taken now. */
  get next(): Uint8Array | undefined {
    return this.#tokens >= 1 ? this.#frames[0] : undefined
  }

  taken(): void {
    this.#frames.shift()
    this.#tokens--
  }

  passed(ms: number): void {
    this.#tokens = Math.min(this.#tokens + (this.framesPerSecond * ms) / 1000, this.framesPerSecond * burstSeconds)
  }

  /** What to tell the socket, where that is news: while frames wait here no more are read. [G10] */
  flow(): 'pause' | 'resume' | null {
    const isPaused = this.#frames.length > 0
    if (isPaused === this.#isPaused) return null
    this.#isPaused = isPaused
    return isPaused ? 'pause' : 'resume'
  }
}
