import type { CommitBatch, ShardClaim, WorkspaceCommit } from '@tidemark/server/testing'
import { Violation } from '../world/Violation.js'

/**
 * Looks on at the disk: epochs of a shard only rise, nothing is committed under any but the last one given, and the order
 * of each workspace has neither hole nor repeat. [G3]
 */
export class DiskWitness {
  readonly #epochByShard = new Map<number, number>()
  readonly #headByWorkspace = new Map<string, number>()

  constructor(private readonly committed: (part: WorkspaceCommit) => void) {}

  claimedAll(claims: readonly ShardClaim[]): void {
    for (const { shard, epoch } of claims) {
      const before = this.#epochByShard.get(shard) ?? 0
      if (epoch <= before) throw new Violation('G3', `epoch ${epoch} of shard ${shard} was given after ${before}`)
      this.#epochByShard.set(shard, epoch)
    }
  }

  committedAll({ epochs, workspaces }: CommitBatch): void {
    for (const { shard, epoch } of epochs) {
      const current = this.#epochByShard.get(shard)
      if (epoch !== current)
        throw new Violation('G3', `a commit under epoch ${epoch} of shard ${shard}, which is at ${current}`)
    }
    for (const part of workspaces) {
      this.#mustFollow(part)
      this.committed(part)
    }
  }

  #mustFollow({ workspace, from, to, changes }: WorkspaceCommit): void {
    let head = this.#headByWorkspace.get(workspace) ?? 0
    if (from !== head) throw new Violation('G3', `a commit to ${workspace} from ${from} at head ${head}`)
    for (const { seq } of changes) {
      if (seq !== head + 1) throw new Violation('G3', `seq ${seq} of ${workspace} after ${head}`)
      head = seq
    }
    if (to !== head) throw new Violation('G3', `a commit to ${workspace} up to ${to} that ends at ${head}`)
    this.#headByWorkspace.set(workspace, head)
  }
}
