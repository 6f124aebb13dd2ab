import { priorities } from '../sync/schema'

/** Three bars, as many filled as the task presses; urgent ones stand out. */
export function PriorityIcon({ priority }: { readonly priority: number }) {
  return (
    <svg className="priority" data-priority={priority} viewBox="0 0 16 16" role="img" aria-label={priorities[priority]}>
      <rect x="2" y="9" width="3" height="5" rx="1" data-on={priority >= 1 || undefined} />
      <rect x="6.5" y="6" width="3" height="8" rx="1" data-on={priority >= 2 || undefined} />
      <rect x="11" y="2.5" width="3" height="11.5" rx="1" data-on={priority >= 3 || undefined} />
    </svg>
  )
}
