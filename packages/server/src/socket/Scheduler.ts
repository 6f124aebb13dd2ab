import { type Clock, systemClock } from '@tidemark/core'

/** Time and turns of the event loop, so that the simulator can hold both. */
export interface Scheduler extends Clock {
  /** Calls `fn` in the next macrotask: after the input that has come in, before the next. */
  soon(fn: () => void): void
}

export const systemScheduler: Scheduler = {
  ...systemClock,
  soon: fn => {
    setImmediate(fn)
  },
}
