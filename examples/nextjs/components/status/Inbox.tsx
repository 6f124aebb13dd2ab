import { useRejections } from '@tidemark/react'
import { assign } from '../../sync/assign'
import { tasks } from '../../sync/schema'
import { RefusedItem } from './RefusedItem'

/** What was refused, with its content, until somebody has seen it. Shown only when there is something. */
export function Inbox() {
  const { items, acknowledge, retry } = useRejections([tasks, assign])
  if (items.length === 0) return null
  return (
    <details className="inbox">
      <summary className="inbox__summary">{items.length} refused</summary>
      <ul className="inbox__list" aria-label="Refused changes">
        {items.map(item => (
          <RefusedItem
            key={item.writeId}
            item={item}
            onAcknowledge={() => acknowledge(item.writeId)}
            onRetry={() => retry(item.writeId)}
          />
        ))}
      </ul>
    </details>
  )
}
