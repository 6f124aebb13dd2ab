import { TidemarkError } from '@tidemark/core'
import type { LiveStore } from '../LiveState.js'
import type { Connection } from '../session/ClientSession.js'
import { isReachable } from '../session/isReachable.js'

interface State {
  readonly status: string
  readonly freshness: string
  readonly error: TidemarkError | null
}

/**
 * The first state that answers. `local`: what is stored here; `server`: what is known to be current; neither: what is
 * here if the replica ever had it whole, else what the node says. Nobody waits for a node that cannot be reached.
 */
export function awaitStore<T extends State>(
  store: LiveStore<T>,
  until: 'local' | 'server' | undefined,
  world: { readonly connection: Connection; wasCurrent(): boolean },
): Promise<T> {
  return new Promise((resolve, reject) => {
    let stop: (() => void) | null = null
    const look = (): boolean => {
      const state = store.getSnapshot()
      const isOffline = !isReachable(world.connection)
      if (state.error) reject(state.error)
      else if (until === 'server' && isOffline && state.freshness !== 'live') {
        reject(
          new TidemarkError('BUSY', 'The node cannot be reached now: read with until "local", or try again later.'),
        )
      } else if (!isAnswer(state, until, isOffline || world.wasCurrent())) return false
      else resolve(state)
      stop?.()
      return true
    }
    stop = store.subscribe(() => look())
    look()
  })
}

/** `isEnough`: what is here of a list was all of it once, or there will not be more soon. */
function isAnswer({ status, freshness }: State, until: 'local' | 'server' | undefined, isEnough: boolean): boolean {
  if (freshness === 'live') return true
  if (status === 'loading' || until === 'server') return false
  return until === 'local' || status !== 'partial' || isEnough
}
