import type { Log } from '../log/Log.js'
import type { Scheduler } from '../socket/Scheduler.js'
import type { ShardClaim, ShardOwner, ShardTable } from '../store/ShardTable.js'

export interface ShardClaimsParts {
  readonly store: ShardTable
  readonly owner: ShardOwner
  readonly scheduler: Scheduler
  readonly log: Log
  /** Whether the shard is to be at this node. */
  readonly isOwn: (shard: number) => boolean
}

/** How soon a shard that another node still holds is asked for again, and so is a store that failed. */
const againMs = 25
const retryMs = 200

/** The epochs under which this node commits. Those that are wanted are claimed together, until they are given. [A6] */
export class ShardClaims {
  readonly #epochByShard = new Map<number, number>()
  readonly #wanted = new Map<number, ((epoch: number | null) => void)[]>()
  #isClaiming = false
  #isStopped = false

  constructor(private readonly parts: ShardClaimsParts) {}

  get shards(): readonly number[] {
    return [...this.#epochByShard.keys()]
  }

  /** The claim that is known; epoch 0, which fences, if there is none. */
  claimOf(shard: number): ShardClaim {
    return { shard, epoch: this.#epochByShard.get(shard) ?? 0 }
  }

  /** Resolves when the shard is this node's; null once it is to be another's, or nothing is claimed any more. */
  async epochOf(shard: number): Promise<number | null> {
    const known = this.#epochByShard.get(shard)
    if (known !== undefined) return known
    return new Promise(resolve => {
      this.#wanted.set(shard, [...(this.#wanted.get(shard) ?? []), resolve])
      void this.#claim()
    })
  }

  /** What is known of these is void: they are claimed anew when they are needed. */
  forget(shards: readonly number[]): void {
    for (const shard of shards) this.#epochByShard.delete(shard)
  }

  stop(): void {
    this.#isStopped = true
  }

  async #claim(): Promise<void> {
    if (this.#isClaiming) return
    this.#isClaiming = true
    const { store, owner, log, isOwn } = this.parts
    for (const shard of [...this.#wanted.keys()]) if (this.#isStopped || !isOwn(shard)) this.#settle(shard, null)
    const shards = [...this.#wanted.keys()].sort((a, b) => a - b)
    let waitMs = againMs
    try {
      if (shards.length > 0) {
        for (const { shard, epoch } of await store.claim(shards, owner)) {
          this.#epochByShard.set(shard, epoch)
          this.#settle(shard, epoch)
        }
      }
    } catch (error) {
      log.error({ error, shards }, 'shards could not be claimed, it is tried again')
      waitMs = retryMs
    }
    this.#isClaiming = false
    // What came meanwhile is claimed at once.
    if ([...this.#wanted.keys()].some(shard => !shards.includes(shard))) void this.#claim()
    else if (this.#wanted.size > 0) this.parts.scheduler.after(waitMs, () => void this.#claim())
  }

  #settle(shard: number, epoch: number | null): void {
    const resolves = this.#wanted.get(shard) ?? []
    this.#wanted.delete(shard)
    for (const resolve of resolves) resolve(epoch)
  }
}
