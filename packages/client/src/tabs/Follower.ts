import type { Delta } from '../replica/Delta.js'
import type { Wanted } from '../replica/Intake.js'
import { readGlimpse } from '../replica/lastResult.js'
import { readLocalMatches } from '../replica/localMatches.js'
import type { Replica } from '../replica/Replica.js'
import { rowRef } from '../replica/RowRef.js'
import type { ReplicaStorage } from '../storage/ReplicaStorage.js'
import type { SessionState, TabMessage } from './TabMessage.js'

const noSession: SessionState = { connection: 'connecting', live: [], isCurrent: false, caughtUpAt: null }

/**
 * A tab without the connection: reads what the leader has stored, hears what it stores since, and says what it wants.
 */
export class Follower {
  readonly #tab: string
  readonly #replica: Replica
  readonly #storage: ReplicaStorage
  readonly #post: (message: TabMessage) => void
  readonly #wantedByKey = new Map<string, Wanted>()
  /** What the leader stored while something was being read, for each reading. */
  readonly #hearing = new Set<StoredStep[]>()
  #session: SessionState = noSession

  constructor(
    tab: string,
    parts: { readonly replica: Replica; readonly storage: ReplicaStorage },
    post: (message: TabMessage) => void,
  ) {
    this.#tab = tab
    this.#replica = parts.replica
    this.#storage = parts.storage
    this.#post = post
    this.announce()
  }

  get session(): SessionState {
    return this.#session
  }

  /** A leader is there, or there may be another one. */
  announce(): void {
    this.#post({ kind: 'follows', tab: this.#tab, wanted: [...this.#wantedByKey.values()] })
  }

  want(wanted: Wanted): void {
    const { key } = wanted.watch
    const isNew = !this.#wantedByKey.has(key)
    this.#wantedByKey.set(key, wanted)
    this.#post({ kind: 'wants', tab: this.#tab, wanted })
    if (isNew) void this.#load(wanted)
  }

  unwant(key: string): void {
    if (!this.#wantedByKey.delete(key)) return
    this.#post({ kind: 'drops', tab: this.#tab, key })
    this.#replica.unload(key)
  }

  /** The leader has stored this. The replica has taken it, as far as it is loaded. */
  stored(delta: Delta, version: number): void {
    for (const heard of this.#hearing) heard.push({ delta, version })
  }

  /** The leader's session moved. */
  heard(session: SessionState): void {
    const wasReachable = this.#isReachable
    this.#session = session
    this.#replica.follow(session.live)
    if (wasReachable && !this.#isReachable)
      for (const wanted of this.#wantedByKey.values()) void this.#showLocalMatches(wanted)
  }

  get #isReachable(): boolean {
    const { connection } = this.#session
    return connection === 'connecting' || connection === 'online'
  }

  /** What is here of a list that nobody brings now. */
  async #showLocalMatches({ watch }: Wanted): Promise<void> {
    if (this.#isReachable || watch.target.kind !== 'list') return
    const { confirmed } = this.#replica
    const found = await readLocalMatches(this.#storage, confirmed, watch).catch(() => null)
    if (found && !confirmed.isLive(watch.key) && this.#wantedByKey.has(watch.key))
      this.#replica.glimpse(watch.key, found)
  }

  /** What is stored while it is read comes on top: a row that was not loaded yet was no news. [G5] */
  async #load(wanted: Wanted): Promise<void> {
    const heard: StoredStep[] = []
    this.#hearing.add(heard)
    try {
      const version = await this.#read(wanted)
      if (version === null) return
      for (const step of heard) {
        const isInside = step.version <= version
        const delta = isInside ? { ...step.delta, rows: [], droppedRows: [] } : step.delta
        this.#replica.apply({ ...delta, live: [] }, step.version, [])
      }
    } finally {
      this.#hearing.delete(heard)
    }
    void this.#showLocalMatches(wanted)
  }

  /** Gives the version of the rows; null if they are not wanted any more. */
  async #read(wanted: Wanted): Promise<number | null> {
    const { key, target } = wanted.watch
    if (target.kind === 'body') {
      const body = await this.#storage.body({ collection: target.collection, id: target.id })
      this.#replica.confirmed.loadBody(rowRef(target.collection, target.id), body?.state)
    }
    const glimpse = await readGlimpse(this.#storage, this.#replica.confirmed, wanted.watch)
    if (glimpse && this.#wantedByKey.has(key)) this.#replica.glimpse(key, glimpse)
    const { version, rows } = await this.#storage.rows({ views: [key] })
    if (!this.#wantedByKey.has(key)) return null
    this.#replica.load(key, version, rows)
    return version
  }
}

interface StoredStep {
  readonly delta: Delta
  readonly version: number
}
