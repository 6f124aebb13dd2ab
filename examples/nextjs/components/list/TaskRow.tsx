import type { Picked } from '@tidemark/client'
import { memo } from 'react'
import { linkToTask } from '../../lib/route'
import type { tasks } from '../../sync/schema'
import { Avatar } from '../Avatar'
import { PriorityIcon } from '../PriorityIcon'
import { StatusIcon } from '../StatusIcon'
import { DueDay } from './DueDay'

export const rowFields = ['title', 'status', 'priority', 'dueAt', 'votes', 'labels', 'assignee', '$pending'] as const

interface TaskRowProps {
  readonly task: Picked<(typeof tasks)['fields'], (typeof rowFields)[number]>
  readonly isOpen: boolean
}

/** Repaints only when one of its own fields changed. */
export const TaskRow = memo(function TaskRow({ task, isOpen }: TaskRowProps) {
  return (
    <li className="row" data-open={isOpen || undefined}>
      <a className="row__link" href={linkToTask(task.id)} aria-current={isOpen || undefined}>
        <StatusIcon status={task.status} />
        <span className="row__title">{task.title || 'Untitled'}</span>
        {task.$pending && <span className="row__pending" title="Not sent yet" />}
        <span className="row__labels">
          {task.labels.map(label => (
            <span key={label} className="label" data-label={label}>
              {label}
            </span>
          ))}
        </span>
        <DueDay day={task.dueAt} />
        <span className="row__votes" title="Votes">
          {task.votes > 0 && `▲ ${task.votes}`}
        </span>
        <PriorityIcon priority={task.priority} />
        <Avatar person={task.assignee} />
      </a>
    </li>
  )
})
