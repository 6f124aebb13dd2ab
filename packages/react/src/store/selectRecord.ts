import type { LiveStore } from '@tidemark/client'
import { derivedStore } from './derivedStore.js'
import { keepState } from './keepState.js'
import { type AnyRow, pickFields } from './pickFields.js'

interface RecordState {
  readonly data: AnyRow | undefined
}

/** A record seen through some of its fields: a new state only when one of those changed, or its status did. */
export function selectRecord<S extends RecordState>(store: LiveStore<S>, select: readonly string[]): LiveStore<S> {
  return derivedStore<S, S>(store, `select ${JSON.stringify(select)}`, () => (state, previous) => {
    const data = state.data && pickFields(state.data, select, previous?.data)
    return keepState(previous, { ...state, data })
  })
}
