import { performance } from 'node:perf_hooks'
import { type Clock, systemClock } from '@tidemark/core'

/** Time, and turns and idleness of the event loop, so that the simulator can hold them. */
export interface Scheduler extends Clock {
  /** Calls `fn` in the next macrotask: after the input that has come in, before the next. */
  soon(fn: () => void): void
  /** Begins to watch the event loop. What it returns tells how much of the time since then was not idle, from 0 to 1. */
  watchLoop(): () => number
}

export const systemScheduler: Scheduler = {
  ...systemClock,
  soon: fn => {
    setImmediate(fn)
  },
  watchLoop: () => {
    const begin = performance.eventLoopUtilization()
    return () => performance.eventLoopUtilization(begin).utilization
  },
}
