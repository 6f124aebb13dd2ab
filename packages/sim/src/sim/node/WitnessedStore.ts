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
import type { DiskWitness } from './DiskWitness.js'

/** Tells the witness what the disk has taken. It stands right before the disk, behind everything that can fail. */
export class WitnessedStore implements Store {
  constructor(
    private readonly disk: Store,
    private readonly witness: DiskWitness,
    private readonly failed: (error: unknown) => void,
  ) {}

  async claim(shards: readonly number[], owner: ShardOwner): Promise<readonly ShardClaim[]> {
    const claims = await this.disk.claim(shards, owner)
    this.#tell(() => this.witness.claimedAll(claims))
    return claims
  }

  renew(owner: ShardOwner): Promise<ClusterPicture> {
    return this.disk.renew(owner)
  }

  release(claims: readonly ShardClaim[]): Promise<void> {
    return this.disk.release(claims)
  }

  leave(node: string): Promise<void> {
    return this.disk.leave(node)
  }

  post(node: string, word: Uint8Array): Promise<void> {
    return this.disk.post(node, word)
  }

  collect(node: string): Promise<readonly Uint8Array[]> {
    return this.disk.collect(node)
  }

  heads(workspaces: readonly string[]): Promise<readonly number[]> {
    return this.disk.heads(workspaces)
  }

  standings(asked: readonly AskedStanding[]): Promise<readonly Standing[]> {
    return this.disk.standings(asked)
  }

  open(workspace: string, shard: number): Promise<WorkspacePlace> {
    return this.disk.open(workspace, shard)
  }

  read<const R extends Reads>(workspace: string, reads: R): Promise<ReadResult<R>> {
    return this.disk.read(workspace, reads)
  }

  async commit(batch: CommitBatch): Promise<CommitOutcome> {
    const outcome = await this.disk.commit(batch)
    if (outcome.status === 'committed') this.#tell(() => this.witness.committedAll(batch))
    return outcome
  }

  tend(policy: Retention, nowMs: number): Promise<void> {
    return this.disk.tend(policy, nowMs)
  }

  close(): Promise<void> {
    return this.disk.close()
  }

  #tell(tell: () => void): void {
    try {
      tell()
    } catch (error) {
      this.failed(error)
    }
  }
}
