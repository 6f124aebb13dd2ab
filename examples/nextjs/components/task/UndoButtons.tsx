import { useUndo } from '@tidemark/react'
import { useEffect } from 'react'
import { bindUndoKeys } from '../../lib/bindUndoKeys'
import { tasks } from '../../sync/schema'

/** Takes back what was done to the open task here, in its fields and its texts. */
export function UndoButtons({ task }: { readonly task: string }) {
  const { undo, redo, canUndo, canRedo } = useUndo(tasks.record(task))
  useEffect(() => bindUndoKeys(undo, redo), [undo, redo])
  return (
    <>
      <button type="button" className="task__icon" aria-label="Undo" disabled={!canUndo} onClick={undo}>
        ↶
      </button>
      <button type="button" className="task__icon" aria-label="Redo" disabled={!canRedo} onClick={redo}>
        ↷
      </button>
    </>
  )
}
