import { useClient } from '@tidemark/react'
import { type FormEvent, useState } from 'react'
import { openTask } from '../../lib/route'
import { tasks } from '../../sync/schema'

export function NewTask() {
  const client = useClient()
  const [title, setTitle] = useState('')
  const add = (event: FormEvent) => {
    event.preventDefault()
    if (title.trim() === '') return
    const { id } = client.insert(tasks, { title: title.trim() })
    setTitle('')
    openTask(id)
  }
  return (
    <form className="new-task" onSubmit={add}>
      <input
        className="field"
        aria-label="Title of a new task"
        placeholder="What is to be done?"
        maxLength={200}
        value={title}
        onChange={event => setTitle(event.target.value)}
      />
      <button type="submit" className="button button--main" disabled={title.trim() === ''}>
        Add task
      </button>
    </form>
  )
}
