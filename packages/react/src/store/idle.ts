import type { LiveCount, LiveDoc, LiveList, LiveRecord } from '@tidemark/client'
import { TidemarkError } from '@tidemark/core'
import { constantStore } from './constantStore.js'

/** What the hooks show while they are given null: nothing is asked for, so nothing can be stale. */
const nothing = { status: 'idle', freshness: 'live', error: null } as const

function noRecord(): never {
  throw new TidemarkError('INVALID', 'There is no record: the hook was given null instead of an id.')
}

export const idleRecord = constantStore<LiveRecord<never, never>>({
  ...nothing,
  data: undefined,
  pending: false,
  retry() {},
  update: noRecord,
  remove: noRecord,
})

export const idleList = constantStore<LiveList<never>>({
  ...nothing,
  data: Object.freeze([]),
  hasMore: false,
  loadingMore: false,
  loadMore() {},
  retry() {},
})

export const idleCount = constantStore<LiveCount>({ ...nothing, data: undefined })

export const idleDoc = constantStore<LiveDoc>({ status: 'idle', doc: undefined, awareness: undefined })

export const idleText = constantStore({
  status: 'idle' as const,
  text: undefined,
  fragment: undefined,
  awareness: undefined,
})
