import { type Clock, systemClock } from '@tidemark/core'

const due: (() => void)[] = []

/**
 * The system's clock for many clients in one process: what is due for several at a time is done in a turn of the event
 * loop each, as if they were on machines of their own.
 */
export const separateClock: Clock = {
  ...systemClock,
  after: (ms, fn) => {
    let isCancelled = false
    const cancelTimer = systemClock.after(ms, () => {
      if (due.push(() => isCancelled || fn()) === 1) setImmediate(doNext)
    })
    return () => {
      isCancelled = true
      cancelTimer()
    }
  },
}

function doNext(): void {
  due.shift()?.()
  if (due.length > 0) setImmediate(doNext)
}
