import { useEffect, useMemo, useSyncExternalStore } from 'react'
import type { Awareness } from 'y-protocols/awareness'
import { awarenessStore } from '../../lib/awarenessStore'
import type { PersonId } from '../../sync/people'
import { Avatar } from '../Avatar'

interface PeopleHereProps {
  readonly awareness: Awareness
  readonly personId: PersonId
}

/** Who else has this text open. */
export function PeopleHere({ awareness, personId }: PeopleHereProps) {
  const store = useMemo(() => awarenessStore(awareness), [awareness])
  const names = useSyncExternalStore(store.subscribe, store.getSnapshot, () => '')
  useEffect(() => {
    awareness.setLocalStateField('person', personId)
  }, [awareness, personId])
  if (names === '') return null
  return (
    <span className="here">
      {names.split(' ').map(name => (
        <Avatar key={name} person={name} />
      ))}
      here too
    </span>
  )
}
