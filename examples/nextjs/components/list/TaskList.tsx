import { useLiveList } from '@tidemark/react'
import { type Filters, queryOf } from '../../lib/filters'
import { tasks } from '../../sync/schema'
import { ListEnd } from './ListEnd'
import { rowFields, TaskRow } from './TaskRow'

interface TaskListProps {
  readonly filters: Filters
  readonly openTask: string | null
}

export function TaskList({ filters, openTask }: TaskListProps) {
  const list = useLiveList(tasks, queryOf(filters), { select: rowFields })
  return (
    <div className="tasks" data-status={list.status} aria-busy={list.status === 'loading'}>
      <ul className="tasks__rows">
        {list.data.map(task => (
          <TaskRow key={task.id} task={task} isOpen={task.id === openTask} />
        ))}
      </ul>
      <ListEnd list={list} />
    </div>
  )
}
