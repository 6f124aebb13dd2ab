import type { TidemarkError } from '@tidemark/core'
import type { LiveCount, LiveStore } from '../LiveState.js'
import { constantStore } from './constantStore.js'
import type { AnyList } from './ListStore.js'
import type { AnyRecord, RecordActions } from './RecordStore.js'

/** The store of what is asked for; if it cannot be asked for, one that says why: a render does not throw. */
export function storeOrFailure<T>(make: () => LiveStore<T>, failed: (error: TidemarkError) => T): LiveStore<T> {
  try {
    return make()
  } catch (error) {
    return constantStore(failed(error as TidemarkError))
  }
}

export function failedRecord(error: TidemarkError, actions: RecordActions): AnyRecord {
  return { status: 'error', data: undefined, error, freshness: 'cached', pending: false, ...actions }
}

export function failedList(error: TidemarkError): AnyList {
  return { ...noList, error }
}

export function failedCount(error: TidemarkError): LiveCount {
  return { status: 'error', data: undefined, freshness: 'cached', error }
}

const noList = Object.freeze({
  status: 'error',
  data: Object.freeze([]),
  freshness: 'cached',
  hasMore: false,
  loadingMore: false,
  loadMore: () => undefined,
  retry: () => undefined,
})
