import { priorities } from '../../sync/schema'
import { PriorityIcon } from '../PriorityIcon'
import { Fact } from './Fact'
import type { UpdateTask } from './UpdateTask'

export function PriorityField({ priority, update }: { readonly priority: number; readonly update: UpdateTask }) {
  return (
    <Fact name="Priority">
      <PriorityIcon priority={priority} />
      <select
        className="quiet"
        aria-label="Priority"
        value={priority}
        onChange={event => update({ priority: Number(event.target.value) })}
      >
        {priorities.map((name, index) => (
          <option key={name} value={index}>
            {name}
          </option>
        ))}
      </select>
    </Fact>
  )
}
