import type { LiveList, LiveStore, Picked, SelectOption } from '@tidemark/client'
import type { Collection, QueryOf, RowOf } from '@tidemark/core'
import { useClient } from './provider/useClient.js'
import type { AnyRow } from './store/pickFields.js'
import { selectRows } from './store/selectRows.js'
import { suspendUntil, type Until } from './store/suspendUntil.js'
import { useStore } from './store/useStore.js'

type SettledList<R> = LiveList<R> & { readonly status: 'partial' | 'complete' | 'unavailable' }

/** As `useLiveList`, but suspends while it loads and throws its errors to the boundary. */
export function useSuspenseLiveList<F, const K extends keyof RowOf<F> = never>(
  collection: Collection<string, F>,
  query: QueryOf<NoInfer<F>>,
  { select, until = 'local' }: SelectOption<F, K> & { readonly until?: Until } = {},
): SettledList<Picked<F, K>> {
  const client = useClient()
  const list = client.liveList(collection, query) as unknown as LiveStore<LiveList<AnyRow>>
  const state = useStore(select ? selectRows(list, select as readonly string[]) : list)
  suspendUntil(client, list, state, until)
  return state as SettledList<Picked<F, K>>
}
