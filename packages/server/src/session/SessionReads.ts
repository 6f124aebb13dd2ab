import type { Arrivals } from '../socket/Arrivals.js'
import type { ReadResult, Reads, Standing, Store } from '../store/Store.js'
import { CatchUpReads } from './CatchUpReads.js'
import { NewcomerReads } from './NewcomerReads.js'

/** A session of a workspace that this node watches. */
export interface Reader {
  readonly workspace: string
  readonly session: string
  /** Where its feed stands. */
  position(): number
}

/**
 * What the store is asked for a node's sessions, from their greeting on: a crowd is read for at a pace, and nobody is
 * given what is older than the rights it has.
 */
export class SessionReads {
  readonly #catchUps: CatchUpReads
  readonly #newcomers: NewcomerReads
  /** A head when the rights of each session were known: what it is told is never older than these. */
  readonly #knownAtBySession = new Map<string, number>()
  /** Sessions that nothing was read for yet. */
  readonly #firstTime = new Set<string>()

  constructor(
    store: Store,
    mostAtOnce: number,
    private readonly arrivals: Arrivals,
  ) {
    this.#catchUps = new CatchUpReads(store, mostAtOnce)
    this.#newcomers = new NewcomerReads(store)
  }

  /** How many wait, to be let in or for what they lack. */
  get waitingCount(): number {
    return this.#catchUps.waitingCount + this.#newcomers.waitingCount
  }

  /** What is known of a replica, if one is named, and the head at that moment; null if it has gone meanwhile. */
  standing(workspace: string, replica: string | null, isHere: () => boolean): Promise<Standing | null> {
    return this.#newcomers.read(workspace, replica, isHere)
  }

  /** The rights of the session were known when the head was `knownAt` or later. */
  joined(session: string, knownAt: number): void {
    this.#knownAtBySession.set(session, knownAt)
    this.#firstTime.add(session)
  }

  left(session: string): void {
    this.#knownAtBySession.delete(session)
    this.#firstTime.delete(session)
  }

  /** The rights of the session are known anew. False if it has gone meanwhile. */
  async rightsKnown(workspace: string, session: string): Promise<boolean> {
    const isHere = (): boolean => this.#knownAtBySession.has(session)
    const standing = await this.#newcomers.read(workspace, null, isHere)
    if (standing === null || !isHere()) return false
    this.#knownAtBySession.set(session, standing.head)
    return true
  }

  /** Only who comes waits for its turn, which is none if it goes: what is read for who is here makes it lag behind. */
  lacking(reader: Reader, reads: Reads): Promise<ReadResult<Reads>> {
    if (!this.#firstTime.delete(reader.session)) return this.#read(reader, reads)
    return new Promise((resolve, reject) => {
      this.arrivals.catchesUp({
        isHere: () => this.#knownAtBySession.has(reader.session),
        letIn: () => void this.#read(reader, reads).then(resolve, reject),
      })
    })
  }

  /** Nobody can use any more what was read before this. */
  feedMoved(workspace: string, position: number): void {
    this.#catchUps.feedMoved(workspace, position)
  }

  /** Nobody here watches the workspace any more. */
  unwatched(workspace: string): void {
    this.#catchUps.unwatched(workspace)
  }

  #read({ workspace, session, position }: Reader, reads: Reads): Promise<ReadResult<Reads>> {
    const notBefore = Math.max(position(), this.#knownAtBySession.get(session) ?? 0)
    return this.#catchUps.read(workspace, notBefore, reads)
  }
}
