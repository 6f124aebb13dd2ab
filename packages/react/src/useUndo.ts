import { type Undo, undoOf } from '@tidemark/client'
import type { RecordTarget } from '@tidemark/core'
import { useClient } from './provider/useClient.js'
import { useStore } from './store/useStore.js'

/**
 * Undo of what the user did in this tab: updates of fields, and edits of texts; with a scope, of that record alone.
 * What is done before the first component that uses it is mounted is not recorded.
 */
export function useUndo(scope?: RecordTarget): Undo {
  const client = useClient()
  return useStore(undoOf(client, scope))
}
