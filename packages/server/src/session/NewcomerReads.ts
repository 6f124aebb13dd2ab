import type { Store, StoredReplica } from '../store/Store.js'
import { Turns } from './Turns.js'

export interface NewcomerRead {
  readonly head: number
  /** What is stored of the replica that was asked for. */
  readonly known: StoredReplica | undefined
}

/** Of one workspace: those who wait for their turn together. */
interface Group {
  readonly newcomers: Newcomer[]
  readonly read: Promise<ReadonlyMap<Newcomer, NewcomerRead>>
}

interface Newcomer {
  readonly replica: string | null
  isHere(): boolean
}

/**
 * What the store is asked for those who come, or whose rights were asked for again, so many reads at a time: those of one
 * workspace who wait for their turn get it together, in one read. [L3]
 */
export class NewcomerReads {
  readonly #groupByWorkspace = new Map<string, Group>()
  readonly #turns: Turns

  constructor(
    private readonly store: Pick<Store, 'read'>,
    mostAtOnce: number,
  ) {
    this.#turns = new Turns(mostAtOnce)
  }

  /** How many newcomers wait. */
  get waitingCount(): number {
    let count = 0
    for (const { newcomers } of this.#groupByWorkspace.values()) count += newcomers.length
    return count
  }

  /**
   * The head of the workspace, 0 for one that is not there, and what is known of a replica, as of after this was asked.
   * Null if the newcomer has gone meanwhile: others are not to wait for what nobody wants any more.
   */
  async read(workspace: string, replica: string | null, isHere: () => boolean): Promise<NewcomerRead | null> {
    const newcomer = { replica, isHere }
    const group = this.#groupByWorkspace.get(workspace)
    group?.newcomers.push(newcomer)
    const read = group?.read ?? this.#gather(workspace, newcomer)
    return (await read).get(newcomer) ?? null
  }

  #gather(workspace: string, first: Newcomer): Group['read'] {
    const newcomers = [first]
    let isWaiting = true
    const read = this.#turns.take(() => {
      isWaiting = false
      this.#groupByWorkspace.delete(workspace)
      const left = newcomers.filter(({ isHere }) => isHere())
      return this.#readFor(workspace, left)
    })
    if (isWaiting) this.#groupByWorkspace.set(workspace, { newcomers, read })
    return read
  }

  async #readFor(workspace: string, newcomers: readonly Newcomer[]): Promise<ReadonlyMap<Newcomer, NewcomerRead>> {
    const results = new Map<Newcomer, NewcomerRead>()
    if (newcomers.length === 0) return results
    const replicas = newcomers.flatMap(({ replica }) => replica ?? [])
    const { head, known } = await this.store.read(workspace, { known: { kind: 'replicas', replicas } })
    let place = 0
    for (const newcomer of newcomers) {
      results.set(newcomer, { head, known: newcomer.replica === null ? undefined : known[place++] })
    }
    return results
  }
}
