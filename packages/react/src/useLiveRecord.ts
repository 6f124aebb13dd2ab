import type { LiveRecord, LiveStore, Picked, SelectOption } from '@tidemark/client'
import type { Collection, RowOf } from '@tidemark/core'
import { useClient } from './provider/useClient.js'
import { idleRecord } from './store/idle.js'
import type { AnyRow } from './store/pickFields.js'
import { selectRecord } from './store/selectRecord.js'
import { useStore } from './store/useStore.js'

type AnyRecord = LiveStore<LiveRecord<never, AnyRow>>

/** One record, live. With `select` it repaints only when one of these fields changed; with null it asks for nothing. */
export function useLiveRecord<F, const K extends keyof RowOf<F> = never>(
  collection: Collection<string, F>,
  id: string | null,
  { select }: SelectOption<F, K> = {},
): LiveRecord<F, Picked<F, K>> {
  const client = useClient()
  const record = (id === null ? idleRecord : client.liveRecord(collection, id)) as AnyRecord
  const state = useStore(select ? selectRecord(record, select as readonly string[]) : record)
  return state as unknown as LiveRecord<F, Picked<F, K>>
}
