import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

/** Makes `gc()` global, so that sizes in memory can be measured without a flag on the command line. */
export function exposeGc(): void {
  setFlagsFromString('--expose_gc')
  globalThis.gc ??= runInNewContext('gc') as NodeJS.GCFunction
}
