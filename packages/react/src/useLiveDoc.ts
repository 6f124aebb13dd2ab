import type { LiveDoc } from '@tidemark/client'
import type { OpenCollection } from '@tidemark/core'
import { useClient } from './provider/useClient.js'
import { idleDoc } from './store/idle.js'
import { useStore } from './store/useStore.js'

/** The document of a record of an open collection. After a refused edit it is a new one: bind the editor anew. */
export function useLiveDoc(collection: OpenCollection, id: string | null): LiveDoc {
  const client = useClient()
  return useStore(id === null ? idleDoc : client.doc(collection, id))
}
