import type { LiveCount } from '@tidemark/client'
import type { Collection, WhereOf } from '@tidemark/core'
import { useClient } from './provider/useClient.js'
import { idleCount } from './store/idle.js'
import { useStore } from './store/useStore.js'

/** How many records match, counted on the node, plus what waits in the outbox. `data` is undefined until it is known. */
export function useLiveCount<F>(collection: Collection<string, F>, where: WhereOf<NoInfer<F>> | null): LiveCount {
  const client = useClient()
  return useStore(where === null ? idleCount : client.liveCount(collection, where))
}
