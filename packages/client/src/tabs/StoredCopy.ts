import type { RejectionInbox } from '../outbox/Inbox.js'
import type { Outbox } from '../outbox/Outbox.js'
import type { OutboxRunner } from '../outbox/OutboxRunner.js'
import { numberOf } from '../outbox/PendingEntry.js'
import { type Delta, emptyDelta } from '../replica/Delta.js'
import { joinDeltas } from '../replica/joinDeltas.js'
import { positionKey } from '../replica/positionKey.js'
import type { Replica } from '../replica/Replica.js'
import { readLoaded } from '../replica/readLoaded.js'
import type { ReplicaMeta, ReplicaStorage, StoredReplica } from '../storage/ReplicaStorage.js'

export interface CopyParts {
  readonly replica: Replica
  readonly outbox: Outbox
  readonly outboxRunner: OutboxRunner
  readonly inbox: RejectionInbox
}

interface StoredStep {
  readonly delta: Delta
  readonly version: number
}

/**
 * What this tab has of the storage, at one version: read at first, and again when word of it was missed; kept up by what the
 * leading tab says it stored.
 */
export class StoredCopy {
  readonly #storage: ReplicaStorage
  readonly #parts: CopyParts
  readonly #applied: (step: StoredStep) => void
  #version = 0
  /** What is kept beside the replica, as it is stored. */
  #extra: ReplicaMeta['extra'] = {}
  /** What is stored by the leader while the storage is read. */
  #missed: StoredStep[] | null = null

  /** `applied` is called with what was heard and is in the replica now. */
  constructor(storage: ReplicaStorage, parts: CopyParts, applied: (step: StoredStep) => void) {
    this.#storage = storage
    this.#parts = parts
    this.#applied = applied
  }

  get version(): number {
    return this.#version
  }

  /** Whether something was stored, up to this version, that was not heard and is not being read. */
  lacks(version: number): boolean {
    return this.#missed === null && version > this.#version
  }

  open(stored: StoredReplica): void {
    const { replica, outbox, outboxRunner, inbox } = this.#parts
    inbox.open(stored.inbox)
    this.#adopt(stored.meta)
    replica.open(stored.meta, stored.subscriptions, outbox.open(stored).changes)
    outboxRunner.open(stored.outcomes)
  }

  /** Takes over what the storage has now; what is stored meanwhile comes on top. */
  async reread(): Promise<ReplicaMeta> {
    const { replica, outbox, outboxRunner, inbox } = this.#parts
    const missed: StoredStep[] = []
    this.#missed = missed
    const { numbered } = outbox
    const stored = await this.#storage.open()
    const { meta, subscriptions } = stored
    const { views, bodies } = await readLoaded(this.#storage, replica.confirmed)
    // What these changed was read. What they answered and told cannot be read any more.
    const inside = joinDeltas(missed.filter(({ version }) => version <= meta.version).map(({ delta }) => delta))
    inbox.open(stored.inbox)
    const { changes, settled, gone } = outbox.open(stored, numbered, inside.answers)
    replica.reset(meta, subscriptions, changes, views)
    outboxRunner.open(stored.outcomes)
    // Their answers were stored by a tab that did not live to tell; those that a renewal refused are in the inbox.
    const untold = gone.map(entry => {
      const accepted = { number: numberOf(entry) ?? 0, status: 'accepted' } as const
      const { answer } = outboxRunner.outcomeOf(entry.writeId) ?? inbox.get(entry.writeId) ?? { answer: accepted }
      return { entry, answer }
    })
    outboxRunner.settled([...settled, ...untold])
    this.#adopt(meta)
    const rejections = [...settled, ...untold].flatMap(({ entry }) => inbox.get(entry.writeId) ?? [])
    const position = inside.position && meta.live
    this.#apply({
      delta: { ...emptyDelta, bodies, rejections, events: inside.events, position },
      version: meta.version,
    })
    if (this.#missed === missed) this.#missed = null
    for (const step of missed) if (step.version > this.#version) this.#apply(step)
    return meta
  }

  /** The leader, another tab, has stored this. */
  heard(step: StoredStep): void {
    if (this.#missed) this.#missed.push(step)
    else this.#apply(step)
  }

  /** This tab leads and has stored this: it is in the replica since it came. */
  stored({ delta, version }: StoredStep): void {
    this.#version = version
    this.#keepExtra(delta)
  }

  /** How far a named listener was told; undefined: it is new. */
  positionOf(name: string): number | undefined {
    const position = this.#extra[positionKey(name)]
    return typeof position === 'number' ? position : undefined
  }

  keepPosition(name: string, cursor: number): void {
    this.#extra = { ...this.#extra, [positionKey(name)]: cursor }
  }

  #adopt({ version, extra }: ReplicaMeta): void {
    this.#version = version
    this.#extra = extra
  }

  #apply(step: StoredStep): void {
    const { replica, outbox, outboxRunner, inbox } = this.#parts
    const { delta, version } = step
    this.#version = Math.max(this.#version, version)
    const { changes, settled } = outbox.answered(delta.answers)
    inbox.add(delta.rejections)
    replica.apply(delta, version, changes)
    outboxRunner.settled(settled)
    this.#keepExtra(delta)
    this.#applied(step)
  }

  #keepExtra({ meta }: Delta): void {
    if (meta.extra) this.#extra = meta.extra
  }
}
