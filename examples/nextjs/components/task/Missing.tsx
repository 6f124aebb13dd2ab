import type { LiveRecord } from '@tidemark/client'
import type { Row } from '@tidemark/core'
import type { tasks } from '../../sync/schema'

type TaskRecord = LiveRecord<(typeof tasks)['fields'], Row<typeof tasks>>

const reasons = {
  'not-found': 'There is no such task.',
  deleted: 'This task was deleted.',
  denied: 'You may no longer see this task.',
} as const

/** Why there is no task to show. */
export function Missing({ record }: { readonly record: TaskRecord }) {
  if (record.status === 'loading') return <p className="task__missing">Loading…</p>
  if (record.status === 'missing') return <p className="task__missing">{reasons[record.reason]}</p>
  if (record.status === 'error') return <p className="task__missing">{record.error.message}</p>
  return <p className="task__missing">This task was never opened here, and you are offline.</p>
}
