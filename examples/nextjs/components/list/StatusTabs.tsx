import { type Filters, type Status, whereOf } from '../../lib/filters'
import { statuses } from '../../sync/schema'
import { statusNames } from '../StatusIcon'
import { Count } from './Count'

interface StatusTabsProps {
  readonly filters: Filters
  readonly onChange: (some: Partial<Filters>) => void
}

const tabs: readonly (Status | null)[] = [null, ...statuses]

export function StatusTabs({ filters, onChange }: StatusTabsProps) {
  const where = whereOf(filters)
  return (
    <fieldset className="tabs" aria-label="Status">
      {tabs.map(status => (
        <button
          key={status}
          type="button"
          className="tab"
          aria-pressed={filters.status === status}
          onClick={() => onChange({ status })}
        >
          {status === null ? 'All' : statusNames[status]}
          <Count where={status === null ? where : { ...where, status }} />
        </button>
      ))}
    </fieldset>
  )
}
