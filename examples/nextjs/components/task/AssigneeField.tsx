import { useCommand } from '@tidemark/react'
import { assign } from '../../sync/assign'
import { nameOf, type PersonId, people, personIds } from '../../sync/people'
import { Avatar } from '../Avatar'
import { Picker } from '../list/Picker'
import { Fact } from './Fact'

interface AssigneeFieldProps {
  readonly task: string
  readonly assignee: string | null
  readonly personId: PersonId
}

const nobody = ''
const everyone = [{ value: nobody, name: 'Nobody' }, ...personIds.map(id => ({ value: id, name: nameOf(id) }))]

/** A decided field: only the command changes it, and the node says who was first. */
export function AssigneeField({ task, assignee, personId }: AssigneeFieldProps) {
  const [run, { last }] = useCommand(assign)
  return (
    <Fact name="Assignee">
      <Avatar person={assignee} />
      {people[personId].role === 'lead' ? (
        <Picker
          name="Assignee"
          value={assignee ?? nobody}
          options={everyone}
          onPick={to => run({ task, to: to === nobody ? null : to })}
        />
      ) : (
        <>
          <span>{assignee === null ? 'Nobody' : nameOf(assignee)}</span>
          <button
            type="button"
            className="button button--small"
            onClick={() => run({ task, to: assignee === personId ? null : personId })}
          >
            {assignee === personId ? 'Give back' : 'Take it'}
          </button>
        </>
      )}
      {last?.status === 'rejected' && (
        <span className="fact__refused" role="alert">
          {last.code === 'TAKEN' ? `${nameOf(last.details.by)} has it.` : 'That was refused.'}
        </span>
      )}
    </Fact>
  )
}
