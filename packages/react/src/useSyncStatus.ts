import type { SyncStatus } from '@tidemark/client'
import { useClient } from './provider/useClient.js'
import { useStore } from './store/useStore.js'

/** Connection, unsent and refused writes, storage: for the status line. */
export function useSyncStatus(): SyncStatus {
  return useStore(useClient().status)
}
