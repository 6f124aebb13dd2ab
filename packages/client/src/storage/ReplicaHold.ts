import { systemClock } from '@tidemark/core'
import { deleteDB, type IDBPDatabase, openDB } from 'idb'
import { partOfReplicaName } from './replicaName.js'

/**
 * That a tab lives with a replica of its own, where there are no Web Locks: an open connection to a database with nothing
 * in it. The browser ends it with the tab, however that ends; so a hold that can be deleted is nobody's.
 */
export class ReplicaHold {
  /** The replica's, by `replicaName`. */
  readonly name: string
  readonly #database: IDBPDatabase

  private constructor(name: string, database: IDBPDatabase) {
    this.name = name
    this.#database = database
  }

  /** Null if another tab has it, as far as can be told in this time. */
  static take(name: string, patienceMs: number): Promise<ReplicaHold | null> {
    return new Promise((resolve, reject) => {
      let isLate = false
      const stopWaiting = systemClock.after(patienceMs, () => {
        isLate = true
        resolve(null)
      })
      // A deletion that waits for another tab cannot be called off: it may come about when nobody wants the hold any more.
      deleteDB(holdName(name))
        .then(() => (isLate ? null : ReplicaHold.#make(name)))
        .then(hold => {
          stopWaiting()
          if (isLate) hold?.release()
          resolve(hold)
        }, reject)
    })
  }

  /** Null if another tab was faster. */
  static async #make(name: string): Promise<ReplicaHold | null> {
    let isMade = false
    const database = await openDB(holdName(name), 1, {
      upgrade() {
        isMade = true
      },
    })
    if (isMade) return new ReplicaHold(name, database)
    database.close()
    return null
  }

  release(): void {
    this.#database.close()
  }

  /** The replica is gone: nothing is left to be held. */
  async remove(): Promise<void> {
    this.#database.close()
    await deleteDB(holdName(this.name), { blocked: () => undefined })
  }
}

/** Without the user: it may be left behind. */
function holdName(name: string): string {
  return `tidemark tab ${partOfReplicaName(name)}`
}
