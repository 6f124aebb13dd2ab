import type { LiveList } from '@tidemark/client'
import { useSyncStatus } from '@tidemark/react'

/** What stands below the last row: more, nothing, or why there is no more. */
export function ListEnd({ list }: { readonly list: LiveList<unknown> }) {
  const { connection } = useSyncStatus()
  if (list.status === 'error') {
    return (
      <p className="tasks__end">
        {list.error?.message}{' '}
        <button type="button" className="button button--small" onClick={list.retry}>
          Try again
        </button>
      </p>
    )
  }
  if (list.hasMore) {
    return (
      <p className="tasks__end">
        <button type="button" className="button" disabled={list.loadingMore} onClick={() => list.loadMore(50)}>
          {list.loadingMore ? 'Loading…' : 'Show 50 more'}
        </button>
      </p>
    )
  }
  const sentence = sentenceOf(list, connection === 'online' || connection === 'connecting')
  return sentence === null ? null : <p className="tasks__end">{sentence}</p>
}

function sentenceOf({ status, data }: LiveList<unknown>, isReachable: boolean): string | null {
  if (status === 'loading' || (status === 'partial' && isReachable)) return 'Loading…'
  if (status === 'unavailable') return 'This list was never opened here, and you are offline.'
  if (status === 'partial') return 'What this browser knows. The rest comes when you are back online.'
  return data.length === 0 ? 'Nothing here.' : null
}
