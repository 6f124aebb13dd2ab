import { useLiveRecord } from '@tidemark/react'
import { openTask } from '../../lib/route'
import type { PersonId } from '../../sync/people'
import { tasks } from '../../sync/schema'
import { AssigneeField } from './AssigneeField'
import { Checklist } from './Checklist'
import { DeleteTask } from './DeleteTask'
import { DueField } from './DueField'
import { History } from './History'
import { LabelsField } from './LabelsField'
import { Missing } from './Missing'
import { NotesField } from './NotesField'
import { PriorityField } from './PriorityField'
import { StatusField } from './StatusField'
import { TitleField } from './TitleField'
import { UndoButtons } from './UndoButtons'
import { VotesField } from './VotesField'

interface TaskPageProps {
  readonly id: string
  readonly personId: PersonId
}

/** One task with a field of every kind. */
export function TaskPage({ id, personId }: TaskPageProps) {
  const record = useLiveRecord(tasks, id)
  return (
    <article className="task" aria-label="Task" aria-busy={record.status === 'loading'}>
      <div className="task__bar">
        <UndoButtons task={id} />
        <button type="button" className="task__icon" aria-label="Close the task" onClick={() => openTask(null)}>
          ×
        </button>
      </div>
      {record.status !== 'ready' ? (
        <Missing record={record} />
      ) : (
        <>
          <TitleField title={record.data.title} update={record.update} />
          <div className="facts">
            <StatusField status={record.data.status} update={record.update} />
            <AssigneeField task={id} assignee={record.data.assignee} personId={personId} />
            <PriorityField priority={record.data.priority} update={record.update} />
            <DueField dueAt={record.data.dueAt} update={record.update} />
            <VotesField votes={record.data.votes} update={record.update} />
            <LabelsField labels={record.data.labels} update={record.update} />
          </div>
          <NotesField task={id} personId={personId} />
          <Checklist task={id} />
          <footer className="task__end">
            <History task={record.data} />
            <DeleteTask
              onDelete={() => {
                record.remove()
                openTask(null)
              }}
            />
          </footer>
        </>
      )}
    </article>
  )
}
