import { useLiveText } from '@tidemark/react'
import type { PersonId } from '../../sync/people'
import { tasks } from '../../sync/schema'
import { BoundTextarea } from './BoundTextarea'
import { PeopleHere } from './PeopleHere'

interface NotesFieldProps {
  readonly task: string
  readonly personId: PersonId
}

/** A text that many type in at once. */
export function NotesField({ task, personId }: NotesFieldProps) {
  const { status, text, awareness } = useLiveText(tasks, task, 'notes')
  return (
    <section className="block" aria-label="Notes">
      <h2 className="block__name">
        Notes
        {awareness && <PeopleHere awareness={awareness} personId={personId} />}
      </h2>
      {text ? (
        <BoundTextarea text={text} />
      ) : (
        <p className="block__empty">{status === 'unavailable' ? 'The notes were never opened here.' : 'Loading…'}</p>
      )}
    </section>
  )
}
