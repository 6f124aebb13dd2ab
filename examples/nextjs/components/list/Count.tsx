import type { Where } from '@tidemark/core'
import { useLiveCount } from '@tidemark/react'
import { tasks } from '../../sync/schema'

/** How many there are, counted by the node: the replica holds only what was looked at. */
export function Count({ where }: { readonly where: Where<typeof tasks> }) {
  const { data } = useLiveCount(tasks, where)
  return <span className="tab__count">{data === undefined ? '–' : data.toLocaleString('en')}</span>
}
