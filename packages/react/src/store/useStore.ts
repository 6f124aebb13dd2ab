import type { LiveStore } from '@tidemark/client'
import { useCallback, useSyncExternalStore } from 'react'

/**
 * The state of a store: the one place where React meets the client.
 *
 * Stores of equal targets are the same object, so a caller may ask for its store in each render. With another store
 * the same render already shows its state; nothing is subscribed before the commit.
 */
export function useStore<T>(store: LiveStore<T>): T {
  const subscribe = useCallback((listener: () => void) => store.subscribe(listener), [store])
  return useSyncExternalStore(
    subscribe,
    () => store.getSnapshot(),
    () => store.getServerSnapshot(),
  )
}
