import type { Row } from '@tidemark/core'
import { nameOf } from '../../sync/people'
import type { tasks } from '../../sync/schema'

const timeFormat = new Intl.DateTimeFormat('en', { dateStyle: 'medium', timeStyle: 'short' })

/** Who made it and who changed it last: the engine keeps that on every row. */
export function History({ task }: { readonly task: Row<typeof tasks> }) {
  return (
    <p className="history">
      {task.$pending && <strong>Not sent yet. </strong>}
      Changed by {nameOf(task.$updatedBy)}, {timeFormat.format(task.$updatedAt)}. Made by {nameOf(task.$createdBy)},{' '}
      {timeFormat.format(task.$createdAt)}.
    </p>
  )
}
