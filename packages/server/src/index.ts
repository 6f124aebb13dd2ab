export { MemoryDisk } from './store/memory/MemoryDisk.js'
export { memory } from './store/memory/MemoryStore.js'
export type { StoreAdapter } from './store/StoreAdapter.js'
export { sqlite } from './store/sqlite/SqliteStore.js'
