import type { Clock, Random } from '@tidemark/core'
import type { SocketOpener } from '../socket/ClientSocket.js'
import type { ReplicaStorage } from '../storage/ReplicaStorage.js'
import type { Leadership } from '../tabs/Leadership.js'
import type { TabChannel } from '../tabs/TabChannel.js'
import type { Surroundings } from './Surroundings.js'

/** Whose replica of what: one database, one leading tab. */
export interface ReplicaName {
  readonly url: string
  readonly workspace: string
  readonly userId: string
}

/** Where a replica is kept, and how its tabs find each other. `channel` is null where a tab is a replica of its own. */
export interface ReplicaHome {
  readonly storage: ReplicaStorage
  readonly leadership: Leadership
  readonly channel: TabChannel | null
  /** Which tab holds a name, of listeners that only one may have. */
  nameLock(name: string): Leadership
}

/** Everything that a client needs of the world: the simulator gives another one. */
export interface Platform {
  readonly clock: Clock
  readonly random: Random
  readonly openSocket: SocketOpener
  readonly surroundings: Surroundings
  /** Freezes what the app is given, so that a write into it shows at once. */
  readonly isDevelopment: boolean
  openHome(name: ReplicaName): ReplicaHome
}
