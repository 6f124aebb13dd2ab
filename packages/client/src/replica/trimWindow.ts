import { isWithin, type LiveView, parseQuery, queryRowOf, sortKeyOf } from '@tidemark/core'
import type { Watch } from '../query/Watch.js'
import type { RowDraft } from './RowDraft.js'
import { rowKeyOf } from './RowRef.js'

/** Rows beyond the end of a window have left it without being named: nothing will be told of them any more. */
export function trimWindow(draft: RowDraft, { key, target }: Watch, bound: LiveView['bound']): void {
  if (bound === null || target.kind !== 'list') return
  const { orderBy } = parseQuery({ orderBy: target.orderBy })
  for (const ref of draft.coveredBy(key)) {
    const row = queryRowOf(rowKeyOf(ref).id, draft.get(ref)?.values ?? {})
    if (!isWithin(orderBy, bound, sortKeyOf(orderBy, row))) draft.uncover(ref, key)
  }
}
