import { type Random, randomId, TidemarkError } from '@tidemark/core'
import type { ReplicaName } from '../platform/Platform.js'
import { ambientMarkers } from './ambientMarkers.js'
import { ReplicaHold } from './ReplicaHold.js'
import { openReplicaDatabase, removeReplicaDatabase } from './replicaDatabase.js'
import { isSameReplicaUser, partOfReplicaName, replicaName } from './replicaName.js'

/** The page before a reload may still be going. */
const reloadMs = 2_000
/** Whether another tab lives shows at once; how long nothing shows is what a further tab waits. */
const lookMs = 300

/**
 * A replica for a tab without Web Locks: its own of before a reload, else one that a tab left behind, and first one with
 * something unsent; else a new one. Of the others that were left behind, those that nothing waits in are removed; the rest
 * is for the next tabs.
 */
export async function claimLoneReplica(
  user: ReplicaName,
  keptPart: string | null,
  random: Random,
): Promise<ReplicaHold> {
  const kept = keptPart === null ? null : await ReplicaHold.take(replicaName(user, keptPart), reloadMs)
  if (kept !== null) {
    takeAbandoned(user)
      .then(leave)
      .catch(() => undefined) // they wait for another tab
    return kept
  }
  const [first, ...others] = await takeAbandoned(user)
  void leave(others)
  return first?.hold ?? mustTake(replicaName(user, randomId(random)))
}

interface Abandoned {
  readonly hold: ReplicaHold
  /** Unsent mutations count most, then what a person has not seen of what was refused. */
  readonly worth: 'unsent' | 'refused' | 'nothing'
}

const byWorth = ['unsent', 'refused', 'nothing']

/** What tabs left behind that live no more, the most worth first. */
async function takeAbandoned(user: ReplicaName): Promise<readonly Abandoned[]> {
  const shared = replicaName(user)
  // Firefox before 126 cannot list them: there nothing is found.
  const listed = (await indexedDB.databases?.()) ?? []
  const names = listed.flatMap(({ name }) =>
    name !== undefined && isSameReplicaUser(name, shared) && partOfReplicaName(name) !== undefined ? [name] : [],
  )
  const found = await Promise.all(names.map(takeOne))
  return found
    .filter(abandoned => abandoned !== null)
    .sort((a, b) => byWorth.indexOf(a.worth) - byWorth.indexOf(b.worth))
}

async function takeOne(name: string): Promise<Abandoned | null> {
  const hold = await ReplicaHold.take(name, lookMs)
  if (hold === null) return null
  try {
    return { hold, worth: await worthOf(name) }
  } catch {
    // Not to be read by this version of the app: left as it is.
    hold.release()
    return null
  }
}

async function worthOf(name: string): Promise<Abandoned['worth']> {
  const database = await openReplicaDatabase(name, () => undefined)
  try {
    if ((await database.count('outbox')) > 0) return 'unsent'
    return (await database.count('inbox')) > 0 ? 'refused' : 'nothing'
  } finally {
    database.close()
  }
}

async function leave(all: readonly Abandoned[]): Promise<void> {
  await Promise.all(
    all.map(async ({ hold, worth }) => {
      if (worth !== 'nothing') return hold.release()
      await removeReplicaDatabase(hold.name)
      ambientMarkers()?.removeItem(hold.name)
      await hold.remove()
    }),
  )
}

async function mustTake(name: string): Promise<ReplicaHold> {
  const hold = await ReplicaHold.take(name, reloadMs)
  if (hold === null) throw new TidemarkError('STORAGE_FAILED')
  return hold
}
