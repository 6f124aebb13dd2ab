import { useState } from 'react'

/** Asks once: a removed record does not come back. */
export function DeleteTask({ onDelete }: { readonly onDelete: () => void }) {
  const [isAsking, setAsking] = useState(false)
  return (
    <button
      type="button"
      className="button button--small button--danger"
      onClick={isAsking ? onDelete : () => setAsking(true)}
      onBlur={() => setAsking(false)}
    >
      {isAsking ? 'Really delete?' : 'Delete'}
    </button>
  )
}
