import { useLiveText } from '@tidemark/react'
import { tasks } from '../../sync/schema'
import { ChecklistItems } from './ChecklistItems'

/** Rich text, edited as a list: entries come, go and are ticked by many at once. */
export function Checklist({ task }: { readonly task: string }) {
  const { fragment } = useLiveText(tasks, task, 'checklist')
  return (
    <section className="block" aria-label="Checklist">
      <h2 className="block__name">Checklist</h2>
      {fragment && <ChecklistItems fragment={fragment} />}
    </section>
  )
}
