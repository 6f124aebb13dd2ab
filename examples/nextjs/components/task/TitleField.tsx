import type { UpdateTask } from './UpdateTask'

/** A controlled input on a register: every keystroke is a write, and the caret stays. */
export function TitleField({ title, update }: { readonly title: string; readonly update: UpdateTask }) {
  return (
    <input
      className="task__title"
      aria-label="Title"
      placeholder="Untitled"
      maxLength={200}
      value={title}
      onChange={event => update({ title: event.target.value })}
    />
  )
}
