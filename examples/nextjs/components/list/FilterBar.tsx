import { type Filters, type Label, nobody, type Sort, sorts } from '../../lib/filters'
import { nameOf, personIds } from '../../sync/people'
import { labels } from '../../sync/schema'
import { Picker } from './Picker'

interface FilterBarProps {
  readonly filters: Filters
  readonly onChange: (some: Partial<Filters>) => void
}

const anyone = 'anyone'
const anyLabel = 'Any label'
const assignees = [
  { value: anyone, name: 'Anyone' },
  { value: nobody, name: 'Nobody yet' },
  ...personIds.map(id => ({ value: id, name: nameOf(id) })),
]
const labelOptions = [anyLabel, ...labels].map(label => ({ value: label, name: label }))
const sortOptions = Object.entries(sorts).map(([value, { name }]) => ({ value, name }))

export function FilterBar({ filters, onChange }: FilterBarProps) {
  return (
    <div className="filters">
      <input
        type="search"
        className="field filters__search"
        aria-label="Search titles"
        placeholder="Search titles"
        value={filters.search}
        onChange={event => onChange({ search: event.target.value })}
      />
      <Picker
        name="Assignee"
        value={filters.assignee ?? anyone}
        options={assignees}
        onPick={value => onChange({ assignee: value === anyone ? null : value })}
      />
      <Picker
        name="Label"
        value={filters.label ?? anyLabel}
        options={labelOptions}
        onPick={value => onChange({ label: value === anyLabel ? null : (value as Label) })}
      />
      <Picker
        name="Order"
        value={filters.sort}
        options={sortOptions}
        onPick={value => onChange({ sort: value as Sort })}
      />
    </div>
  )
}
