import type { LiveStore } from '@tidemark/client'

/** A store that never changes: for hooks that were given null. */
export function constantStore<T extends object>(state: T): LiveStore<T> {
  Object.freeze(state)
  return { getSnapshot: () => state, getServerSnapshot: () => state, subscribe: () => () => {} }
}
