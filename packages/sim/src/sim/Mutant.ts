import type { ReplicaStorage } from '@tidemark/client/testing'
import type { Store } from '@tidemark/server/testing'
import type { FaultName } from './faults/strikes.js'
import type { Process } from './world/Process.js'
import type { VirtualTime } from './world/VirtualTime.js'

/** A defect put into the world on purpose, from outside of the code that runs in it: the simulator must see it. [SIM-4] */
export interface Mutant {
  readonly name: string
  /** The faults that it does not survive; a random subset of all by default. */
  readonly faults?: readonly FaultName[]
  readonly wrapDisk?: (disk: Store, time: VirtualTime) => Store
  readonly wrapStore?: (store: Store) => Store
  readonly wrapStorage?: (storage: ReplicaStorage, process: Process) => ReplicaStorage
  /** Changes the code itself, in this process; the returned function undoes it. */
  readonly patch?: () => () => void
}
