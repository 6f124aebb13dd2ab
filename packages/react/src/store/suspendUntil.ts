import type { Client, LiveList, LiveRecord, LiveStore } from '@tidemark/client'
import { TidemarkError } from '@tidemark/core'

type AnyState = Pick<LiveRecord<never, never> | LiveList<never>, 'status' | 'freshness' | 'error'>

const waitingByStore = new WeakMap<LiveStore<AnyState>, Map<Until, Promise<void>>>()
const answeredStores = new WeakSet<LiveStore<AnyState>>()

/** `local`: the first state that says something; `server`: the first that is known to be current. */
export type Until = 'local' | 'server'

/**
 * Suspends the render until the store has an answer. It was answered once: it never suspends again, whatever the
 * network does; and nobody waits for a node that cannot be reached.
 *
 * A suspended component has no effects, so the wait itself subscribes, and lets go once it is over.
 */
export function suspendUntil(client: Client, store: LiveStore<AnyState>, state: AnyState, until: Until): void {
  if (state.status === 'error' && state.error) throw state.error
  if (isAnswered(client, store, state, until)) return
  if (typeof window === 'undefined') {
    // React sends the boundary's fallback, and the browser goes on from there.
    throw new TidemarkError('NOT_FOUND', 'This is not in the snapshot of the server: it is read in the browser.')
  }
  throw waitFor(client, store, until)
}

function isAnswered(client: Client, store: LiveStore<AnyState>, state: AnyState, until: Until): boolean {
  if (state.status === 'loading') return false
  if (until === 'local' || state.freshness === 'live' || answeredStores.has(store)) return true
  const { connection } = client.status.getSnapshot()
  return state.status === 'unavailable' || (connection !== 'connecting' && connection !== 'online')
}

function waitFor(client: Client, store: LiveStore<AnyState>, until: Until): Promise<void> {
  const waiting = waitingByStore.get(store) ?? new Map<Until, Promise<void>>()
  waitingByStore.set(store, waiting)
  const known = waiting.get(until)
  if (known) return known
  const wait = new Promise<void>(resolve => {
    const look = () => {
      const state = store.getSnapshot()
      if (state.status !== 'error' && !isAnswered(client, store, state, until)) return
      if (until === 'server') answeredStores.add(store)
      waiting.delete(until)
      stopState()
      stopStatus()
      resolve()
    }
    const stopState = store.subscribe(look)
    const stopStatus = client.status.subscribe(look)
    look()
  })
  waiting.set(until, wait)
  return wait
}
