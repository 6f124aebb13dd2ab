import type { LiveStore } from '../LiveState.js'

/** A store that never changes. */
export function constantStore<T>(value: T): LiveStore<T> {
  return { getSnapshot: () => value, getServerSnapshot: () => value, subscribe: () => () => undefined }
}
