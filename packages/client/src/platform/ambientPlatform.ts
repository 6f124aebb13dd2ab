import { systemClock, systemRandom } from '@tidemark/core'
import { openWebSocket } from '../socket/WebSocketOpener.js'
import { claimLoneReplica } from '../storage/claimLoneReplica.js'
import { IndexedDbStorage } from '../storage/IndexedDbStorage.js'
import { MemoryStorage } from '../storage/MemoryStorage.js'
import type { ReplicaHold } from '../storage/ReplicaHold.js'
import { partOfReplicaName, replicaName } from '../storage/replicaName.js'
import { BroadcastTabChannel } from '../tabs/BroadcastTabChannel.js'
import { KeptPart } from '../tabs/KeptPart.js'
import { soleLeadership } from '../tabs/soleTab.js'
import { WebLockLeadership } from '../tabs/WebLockLeadership.js'
import { browserSurroundings } from './browserSurroundings.js'
import type { Platform, ReplicaHome, ReplicaName } from './Platform.js'
import { plainSurroundings } from './Surroundings.js'

/** What this browser or Node gives. Left out, `storage` is IndexedDB where there is one. */
export function ambientPlatform(storage: 'indexeddb' | 'memory' | undefined): Platform {
  const isIndexed = storage === 'indexeddb' || (storage === undefined && typeof indexedDB !== 'undefined')
  return {
    clock: systemClock,
    random: systemRandom,
    openSocket: openWebSocket,
    surroundings: typeof document === 'undefined' ? plainSurroundings : browserSurroundings,
    isDevelopment: typeof process !== 'undefined' && process.env.NODE_ENV !== 'production',
    openHome: name => (isIndexed ? indexedHome(name) : memoryHome()),
  }
}

/** One replica for all tabs; without Web Locks each tab has its own. */
function indexedHome(given: ReplicaName): ReplicaHome {
  if (typeof navigator !== 'undefined' && 'locks' in navigator && typeof BroadcastChannel !== 'undefined') {
    const name = replicaName(given)
    return {
      storage: new IndexedDbStorage({ name }),
      leadership: new WebLockLeadership(name),
      channel: lazyChannel(name),
      nameLock: part => new WebLockLeadership(`${name} ${part}`),
    }
  }
  return {
    storage: new IndexedDbStorage({
      name: typeof sessionStorage === 'undefined' ? replicaName(given) : () => claimForPage(given),
    }),
    leadership: soleLeadership(),
    channel: null,
    nameLock: soleLeadership,
  }
}

/** The tab's own replica, the same after a reload. */
async function claimForPage(given: ReplicaName): Promise<ReplicaHold> {
  const kept = new KeptPart(replicaName(given))
  const hold = await claimLoneReplica(given, kept.take(), systemRandom)
  kept.keep(partOfReplicaName(hold.name) ?? '')
  return hold
}

/** A client is inert until it is used: the channel opens when the replica does. */
function lazyChannel(name: string): ReplicaHome['channel'] {
  let channel: BroadcastTabChannel | null = null
  return {
    post: message => channel?.post(message),
    receive: listener => {
      channel = new BroadcastTabChannel(name)
      channel.receive(listener)
    },
    close: () => channel?.close(),
  }
}

function memoryHome(): ReplicaHome {
  return {
    storage: new MemoryStorage(systemRandom),
    leadership: soleLeadership(),
    channel: null,
    nameLock: soleLeadership,
  }
}
