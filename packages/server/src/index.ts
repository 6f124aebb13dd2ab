export type {
  AccessRules,
  BaseUser,
  CollectionRules,
  OpenRules,
  WorkspaceRole,
  WriteVerdict,
} from './access/AccessRules.js'
export type { BusAdapter } from './bus/BusAdapter.js'
export { createNode } from './createNode.js'
export type { Limits } from './limits.js'
export { defaultLimits } from './limits.js'
export type { Authenticated, Credentials, NodeOptions, TidemarkNode } from './NodeOptions.js'
export { MemoryDisk } from './store/memory/MemoryDisk.js'
export { memory } from './store/memory/MemoryStore.js'
export type { StoreAdapter } from './store/StoreAdapter.js'
export { sqlite } from './store/sqlite/SqliteStore.js'
export type { ServerWorkspace } from './workspace/ServerWorkspace.js'
