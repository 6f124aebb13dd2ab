import type { Status } from '../../lib/filters'
import { statuses } from '../../sync/schema'
import { StatusIcon, statusNames } from '../StatusIcon'
import { Fact } from './Fact'
import type { UpdateTask } from './UpdateTask'

export function StatusField({ status, update }: { readonly status: Status; readonly update: UpdateTask }) {
  return (
    <Fact name="Status">
      <StatusIcon status={status} />
      <select
        className="quiet"
        aria-label="Status"
        value={status}
        onChange={event => update({ status: event.target.value as Status })}
      >
        {statuses.map(one => (
          <option key={one} value={one}>
            {statusNames[one]}
          </option>
        ))}
      </select>
    </Fact>
  )
}
