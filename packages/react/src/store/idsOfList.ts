import type { LiveList, LiveStore } from '@tidemark/client'
import { derivedStore } from './derivedStore.js'
import { keepItems } from './keepItems.js'
import { keepState } from './keepState.js'
import type { AnyRow } from './pickFields.js'

/** The shape of a list: a new state only when a record came, went or moved. */
export function idsOfList(store: LiveStore<LiveList<AnyRow>>): LiveStore<LiveList<string>> {
  return derivedStore<LiveList<AnyRow>, LiveList<string>>(store, 'ids', () => (state, previous) => {
    const ids = state.data.map(row => row.id)
    return keepState(previous, { ...state, data: keepItems(previous?.data, ids) })
  })
}
