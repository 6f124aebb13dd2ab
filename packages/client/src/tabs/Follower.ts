import type { Delta } from '../replica/Delta.js'
import type { Replica } from '../replica/Replica.js'
import type { Wanted } from '../replica/Wanted.js'
import { isReachable } from '../session/isReachable.js'
import type { ReplicaStorage } from '../storage/ReplicaStorage.js'
import { StoredViews } from './StoredViews.js'
import type { SessionState, TabMessage } from './TabMessage.js'

const noSession: SessionState = {
  connection: 'connecting',
  node: null,
  live: [],
  isCurrent: false,
  caughtUpAt: null,
}

/**
 * A tab without the connection: reads what the leader has stored, hears what it stores since, and says what it wants.
 */
export class Follower {
  readonly #tab: string
  readonly #replica: Replica
  readonly #views: StoredViews
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
    this.#views = new StoredViews(parts.storage, parts.replica, key => this.#wantedByKey.has(key))
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
    const wasReachable = isReachable(this.#session.connection)
    this.#session = session
    this.#replica.follow(session.live)
    if (!wasReachable || isReachable(session.connection)) return
    for (const { watch } of this.#wantedByKey.values()) void this.#views.showLocalMatches(watch)
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
    if (!isReachable(this.#session.connection)) void this.#views.showLocalMatches(wanted.watch)
  }

  /** Gives the version of the rows; null if they are not wanted any more. */
  async #read({ watch }: Wanted): Promise<number | null> {
    const { version, rows } = await this.#views.read(watch)
    if (!this.#wantedByKey.has(watch.key)) return null
    this.#replica.load(watch.key, version, rows)
    return version
  }
}

interface StoredStep {
  readonly delta: Delta
  readonly version: number
}
