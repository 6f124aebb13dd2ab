/**
 * The only source of time. Runners get one by injection, so the simulator can hold the hands.
 */
export interface Clock {
  /** Milliseconds since the epoch, by this machine's reckoning. */
  now(): number
  /** Calls `fn` once, `ms` from now, unless the returned function is called first. */
  after(ms: number, fn: () => void): () => void
}

/** Beyond this a timer would fire at once. */
const maxTimerMs = 2 ** 31 - 1

export const systemClock: Clock = {
  now: () => Date.now(),
  after(ms, fn) {
    const timer = setTimeout(fn, Math.min(ms, maxTimerMs))
    return () => clearTimeout(timer)
  },
}
