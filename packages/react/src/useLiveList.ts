import type { LiveList, LiveStore, Picked, SelectOption } from '@tidemark/client'
import type { Collection, QueryOf, RowOf } from '@tidemark/core'
import { useClient } from './provider/useClient.js'
import { idleList } from './store/idle.js'
import type { AnyRow } from './store/pickFields.js'
import { selectRows } from './store/selectRows.js'
import { useStore } from './store/useStore.js'

/**
 * One list, live. Unchanged rows keep their identity, so a memoised row component repaints only for its own record;
 * with `select` only when one of these fields changed. With null it asks for nothing.
 */
export function useLiveList<F, const K extends keyof RowOf<F> = never>(
  collection: Collection<string, F>,
  query: QueryOf<NoInfer<F>> | null,
  { select }: SelectOption<F, K> = {},
): LiveList<Picked<F, K>> {
  const client = useClient()
  const list = (query === null ? idleList : client.liveList(collection, query)) as LiveStore<LiveList<AnyRow>>
  const state = useStore(select ? selectRows(list, select as readonly string[]) : list)
  return state as LiveList<Picked<F, K>>
}
