export { createClientWith } from './createClientWith.js'
export type { Platform, ReplicaHome, ReplicaName } from './platform/Platform.js'
export { plainSurroundings, type Surroundings } from './platform/Surroundings.js'
export { countWatch, type ListWatch, listWatch } from './query/Watch.js'
export { ClientSession } from './session/ClientSession.js'
export { SessionRunner } from './session/SessionRunner.js'
export type { ClientSocket, SocketEvents, SocketOpener } from './socket/ClientSocket.js'
export { openWebSocket } from './socket/WebSocketOpener.js'
export { MemoryStorage, ReplicaMemory } from './storage/MemoryStorage.js'
export type {
  NewEntry,
  OutboxEntry,
  ReplicaBatch,
  ReplicaStorage,
  StoredRejection,
  StoredSubscription,
} from './storage/ReplicaStorage.js'
export type { Leadership } from './tabs/Leadership.js'
export { MemoryTabs } from './tabs/MemoryTabs.js'
export { soleLeadership } from './tabs/soleTab.js'
export type { TabChannel } from './tabs/TabChannel.js'
