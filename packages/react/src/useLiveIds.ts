import type { LiveList, LiveStore } from '@tidemark/client'
import type { Collection, QueryOf } from '@tidemark/core'
import { useClient } from './provider/useClient.js'
import { idleList } from './store/idle.js'
import { idsOfList } from './store/idsOfList.js'
import type { AnyRow } from './store/pickFields.js'
import { useStore } from './store/useStore.js'

/** The ids of a list, live: for lists whose rows read their record themselves, and for virtual ones. */
export function useLiveIds<F>(collection: Collection<string, F>, query: QueryOf<NoInfer<F>> | null): LiveList<string> {
  const client = useClient()
  const list = query === null ? idleList : client.liveList(collection, query)
  return useStore(idsOfList(list as LiveStore<LiveList<AnyRow>>))
}
