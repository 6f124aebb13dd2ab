import { Fact } from './Fact'
import type { UpdateTask } from './UpdateTask'

export function DueField({ dueAt, update }: { readonly dueAt: string | null; readonly update: UpdateTask }) {
  return (
    <Fact name="Due">
      <input
        type="date"
        className="quiet"
        aria-label="Due"
        value={dueAt ?? ''}
        onChange={event => update({ dueAt: event.target.value === '' ? null : event.target.value })}
      />
    </Fact>
  )
}
