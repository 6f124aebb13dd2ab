import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

/** What is left on this process's heap after a forced collection. */
export function forcedHeapBytes(): number {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  collect()
  collect()
  return process.memoryUsage().heapUsed
}
