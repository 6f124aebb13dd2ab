import type { RejectionOf } from '@tidemark/client'
import { linkToTask } from '../../lib/route'
import type { assign } from '../../sync/assign'
import { nameOf } from '../../sync/people'
import type { tasks } from '../../sync/schema'

type Refused = RejectionOf<typeof tasks | typeof assign>

interface RefusedItemProps {
  readonly item: Refused
  readonly onAcknowledge: () => void
  readonly onRetry: () => void
}

export function RefusedItem({ item, onAcknowledge, onRetry }: RefusedItemProps) {
  const task = item.kind === 'write' ? item.id : item.input.task
  return (
    <li className="refused">
      <a className="refused__what" href={linkToTask(task)}>
        {whatOf(item)}
      </a>
      <p className="refused__why">{whyOf(item)}</p>
      <div className="refused__actions">
        <button type="button" className="button button--small" onClick={onAcknowledge}>
          Got it
        </button>
        <button type="button" className="button button--small" onClick={onRetry}>
          Try again
        </button>
      </div>
    </li>
  )
}

function whatOf(item: Refused): string {
  if (item.kind === 'command')
    return item.input.to === null ? 'Giving back a task' : `Giving a task to ${nameOf(item.input.to)}`
  if (item.op === 'insert') return `New task “${item.row.title}”`
  if (item.op === 'remove') return 'Deleting a task'
  const fields = Object.entries(item.patch).map(fieldInWords).join(', ')
  return fields === '' ? 'Typing in a text' : `Changing ${fields}`
}

function fieldInWords([field, value]: [string, unknown]): string {
  return typeof value === 'string' ? `${field} to “${value}”` : field
}

function whyOf(item: Refused): string {
  if (item.code === 'TAKEN') return `${nameOf(item.details.by)} was first.`
  if (item.code === 'NOT_YOURS') return 'Only a lead gives tasks to others.'
  return item.message
}
