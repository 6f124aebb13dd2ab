import { systemRandom } from '@tidemark/core'
import { MemoryStorage, ReplicaMemory } from './MemoryStorage.js'
import { storageContract } from './testing/storageContract.js'

storageContract('MemoryStorage', () => {
  const memory = new ReplicaMemory()
  return { open: () => new MemoryStorage(systemRandom, memory) }
})
