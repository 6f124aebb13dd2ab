import type { LiveRecord, LiveRecordBase, LiveStore, Picked, SelectOption } from '@tidemark/client'
import type { Collection, RowOf } from '@tidemark/core'
import { useClient } from './provider/useClient.js'
import type { AnyRow } from './store/pickFields.js'
import { selectRecord } from './store/selectRecord.js'
import { suspendUntil, type Until } from './store/suspendUntil.js'
import { useStore } from './store/useStore.js'

type SettledRecord<F, R> =
  | Extract<LiveRecord<F, R>, { status: 'ready' | 'missing' }>
  | (LiveRecordBase<F> & { readonly status: 'unavailable'; readonly data: undefined })

/** As `useLiveRecord`, but suspends while it loads and throws its errors to the boundary. */
export function useSuspenseLiveRecord<F, const K extends keyof RowOf<F> = never>(
  collection: Collection<string, F>,
  id: string,
  { select, until = 'local' }: SelectOption<F, K> & { readonly until?: Until } = {},
): SettledRecord<F, Picked<F, K>> {
  const client = useClient()
  const record = client.liveRecord(collection, id) as unknown as LiveStore<LiveRecord<never, AnyRow>>
  const state = useStore(select ? selectRecord(record, select as readonly string[]) : record)
  suspendUntil(client, record, state, until)
  return state as unknown as SettledRecord<F, Picked<F, K>>
}
