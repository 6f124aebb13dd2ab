export type { ChangesOptions, Client, ClientOptions, ReadOptions } from './Client.js'
export type { ClientLimits } from './ClientLimits.js'
export { createClient } from './createClient.js'
export type {
  Freshness,
  LiveCount,
  LiveDoc,
  LiveList,
  LiveRecord,
  LiveRecordBase,
  LiveStore,
  LiveTextOf,
  Picked,
  SelectOption,
} from './LiveState.js'
export type { OutboxItem } from './OutboxItem.js'
export type { Inbox, Rejection, RejectionOf, WriteRejection } from './Rejection.js'
export type { Snapshot } from './Snapshot.js'
export type { SyncStatus } from './SyncStatus.js'
export type { Undo } from './undo/UndoStore.js'
export { undoOf } from './undo/undoOf.js'
