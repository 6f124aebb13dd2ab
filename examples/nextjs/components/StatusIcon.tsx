import type { Status } from '../lib/filters'

export const statusNames: Readonly<Record<Status, string>> = { todo: 'To do', doing: 'Doing', done: 'Done' }

export function StatusIcon({ status }: { readonly status: Status }) {
  return (
    <svg
      className={`status-icon status-icon--${status}`}
      viewBox="0 0 16 16"
      role="img"
      aria-label={statusNames[status]}
    >
      <circle cx="8" cy="8" r="6.25" />
      {status === 'doing' && <path className="status-icon__half" d="M8 4.2a3.8 3.8 0 0 1 0 7.6z" />}
      {status === 'done' && <path className="status-icon__tick" d="m5.2 8.2 2 2 3.7-4.1" />}
    </svg>
  )
}
