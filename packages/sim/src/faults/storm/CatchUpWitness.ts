import type { StoreAdapter } from '@tidemark/server'
import type { Store } from '@tidemark/server/testing'

export interface WitnessedReads {
  /** What was read of the store to catch sessions up. */
  readonly reads: number
  /** How often it was what had been read before, at the same head. */
  readonly repeated: number
}

/** A round of catch-up names its reads by the place of the watch in it; nobody else does. */
const isOfCatchUp = (name: string): boolean => /^\d+\./.test(name)

/** Sees what a node reads to catch its sessions up, and whether it did so before. */
export class CatchUpWitness {
  readonly #seen = new Set<string>()
  #reads = 0
  #repeated = 0

  over(adapter: StoreAdapter): StoreAdapter {
    return {
      ...adapter,
      open: async schema => {
        const store = await adapter.open(schema)
        const read = store.read.bind(store)
        store.read = (async (workspace, reads) => {
          const result = await read(workspace, reads)
          for (const [name, one] of Object.entries(reads)) {
            if (isOfCatchUp(name)) this.#saw(JSON.stringify([workspace, result.head, one]))
          }
          return result
        }) as Store['read']
        return store
      },
    }
  }

  /** Since the last time. */
  take(): WitnessedReads {
    const taken = { reads: this.#reads, repeated: this.#repeated }
    this.#reads = 0
    this.#repeated = 0
    this.#seen.clear()
    return taken
  }

  #saw(read: string): void {
    this.#reads++
    if (this.#seen.has(read)) this.#repeated++
    this.#seen.add(read)
  }
}
