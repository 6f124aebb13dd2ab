import { useDeferredValue, useState } from 'react'
import { type Filters, noFilters } from '../../lib/filters'
import { FilterBar } from './FilterBar'
import { NewTask } from './NewTask'
import { StatusTabs } from './StatusTabs'
import { TaskList } from './TaskList'

/** The left pane: what to look for, and what is found. */
export function Board({ openTask }: { readonly openTask: string | null }) {
  const [filters, setFilters] = useState(noFilters)
  // The boxes follow the keyboard at once, the list as soon as it can.
  const shown = useDeferredValue(filters)
  const change = (some: Partial<Filters>) => setFilters(before => ({ ...before, ...some }))
  return (
    <section className="board" aria-label="Tasks">
      <NewTask />
      <FilterBar filters={filters} onChange={change} />
      <StatusTabs filters={filters} onChange={change} />
      <TaskList filters={shown} openTask={openTask} />
    </section>
  )
}
