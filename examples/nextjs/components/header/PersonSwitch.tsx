import { changePerson } from '../../lib/seat'
import { type PersonId, people, personIds } from '../../sync/people'
import { Avatar } from '../Avatar'

export function PersonSwitch({ personId }: { readonly personId: PersonId }) {
  return (
    <label className="person" title={people[personId].rights}>
      <Avatar person={personId} />
      <span className="visually-hidden">You are</span>
      <select
        className="person__select"
        value={personId}
        onChange={event => changePerson(event.target.value as PersonId)}
      >
        {personIds.map(id => (
          <option key={id} value={id}>
            {people[id].name}, {people[id].role}
          </option>
        ))}
      </select>
    </label>
  )
}
