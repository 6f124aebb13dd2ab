import type {
  AskedStanding,
  ClusterPicture,
  CommitBatch,
  CommitOutcome,
  ReadResult,
  Reads,
  Retention,
  ShardClaim,
  ShardOwner,
  Standing,
  Store,
  WorkspacePlace,
} from '@tidemark/server/testing'
import type { Dice } from '../world/Dice.js'
import type { Process } from '../world/Process.js'
import type { Tally } from '../world/Tally.js'

/** How the store does at the moment. */
export interface StoreWeather {
  /** The longest way to the store, and back, ms. */
  latencyMs: number
  /** How likely a read, a claim or an opening fails. */
  failing: number
  /** How likely the outcome of a commit stays unknown. */
  losing: number
}

export const fairStore: Readonly<StoreWeather> = { latencyMs: 3, failing: 0, losing: 0 }

/** A store on the other side of something that delays and fails. Whatever it reports, the store behind it did all of a commit or nothing. */
export class FaultyStore implements Store {
  constructor(
    private readonly inner: Store,
    private readonly process: Process,
    private readonly dice: Dice,
    private readonly weather: StoreWeather,
    private readonly tally: Tally,
    private readonly committed: () => void,
  ) {}

  claim(shards: readonly number[], owner: ShardOwner): Promise<readonly ShardClaim[]> {
    return this.#reach(() => this.inner.claim(shards, owner))
  }

  renew(owner: ShardOwner): Promise<ClusterPicture> {
    return this.#reach(() => this.inner.renew(owner))
  }

  release(claims: readonly ShardClaim[]): Promise<void> {
    return this.#reach(() => this.inner.release(claims))
  }

  leave(node: string): Promise<void> {
    return this.#reach(() => this.inner.leave(node))
  }

  post(node: string, word: Uint8Array): Promise<void> {
    return this.#reach(() => this.inner.post(node, word))
  }

  collect(node: string): Promise<readonly Uint8Array[]> {
    return this.#reach(() => this.inner.collect(node))
  }

  heads(workspaces: readonly string[]): Promise<readonly number[]> {
    return this.#reach(() => this.inner.heads(workspaces))
  }

  standings(asked: readonly AskedStanding[]): Promise<readonly Standing[]> {
    return this.#reach(() => this.inner.standings(asked))
  }

  open(workspace: string, shard: number): Promise<WorkspacePlace> {
    return this.#reach(() => this.inner.open(workspace, shard))
  }

  read<const R extends Reads>(workspace: string, reads: R): Promise<ReadResult<R>> {
    return this.#reach(() => this.inner.read(workspace, reads))
  }

  commit(batch: CommitBatch): Promise<CommitOutcome> {
    const { process, weather, dice, tally } = this
    const unknown = (): CommitOutcome => ({ status: 'unknown', error: new Error('the store did not answer') })
    if (!dice.chance(weather.losing)) return this.#way(() => this.#commit(batch))
    switch (dice.pick(['before', 'after', 'late', 'twice'] as const)) {
      case 'before':
        tally.count('fault: commit lost before the fact')
        return this.#way(async () => unknown())
      case 'after':
        tally.count('fault: commit lost after the fact')
        return this.#way(async () => {
          await this.inner.commit(batch)
          return unknown()
        })
      case 'late':
        // The answer is given up, and the commit happens after all, unless it is fenced by then.
        tally.count('fault: commit late')
        process.time.after(dice.int(1, 30), () => void this.inner.commit(batch).catch(() => undefined))
        return this.#way(async () => unknown())
      case 'twice':
        // Something on the way to the store sends it again, and gives back what came of the second.
        if (batch.workspaces.every(({ from, to }) => from === to)) return this.#way(() => this.#commit(batch))
        tally.count('fault: commit twice')
        return this.#way(async () => {
          await this.inner.commit(batch)
          return this.inner.commit(batch)
        })
    }
  }

  async #commit(batch: CommitBatch): Promise<CommitOutcome> {
    const outcome = await this.inner.commit(batch)
    if (outcome.status === 'committed') this.committed()
    return outcome
  }

  tend(policy: Retention, nowMs: number): Promise<void> {
    return this.#reach(() => this.inner.tend(policy, nowMs))
  }

  close(): Promise<void> {
    return this.inner.close()
  }

  #reach<T>(work: () => Promise<T>): Promise<T> {
    if (!this.dice.chance(this.weather.failing)) return this.#way(work)
    this.tally.count('fault: store refused')
    return this.#way(() => Promise.reject(new Error('the store is away')))
  }

  #way<T>(work: () => Promise<T>): Promise<T> {
    const { dice, weather, process } = this
    return process.later(dice.int(0, weather.latencyMs), dice.int(0, weather.latencyMs), work)
  }
}
