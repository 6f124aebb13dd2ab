import type { ClusterPicture, ShardClaim, ShardOwner, ShardTable } from '../ShardTable.js'

interface Lease {
  readonly address: string
  readonly untilMs: number
}

/** The shards and nodes of a `MemoryDisk`, for all stores on it. A shard is its owner's as long as that one's lease lasts. */
export class MemoryShards {
  readonly epochByShard = new Map<number, number>()
  readonly #ownerByShard = new Map<number, string>()
  readonly #leaseByNode = new Map<string, Lease>()

  copy(): MemoryShards {
    const copy = new MemoryShards()
    for (const [shard, epoch] of this.epochByShard) copy.epochByShard.set(shard, epoch)
    for (const [shard, node] of this.#ownerByShard) copy.#ownerByShard.set(shard, node)
    for (const [node, lease] of this.#leaseByNode) copy.#leaseByNode.set(node, lease)
    return copy
  }

  /** As a store sees it that has this clock. */
  at(nowMs: number): ShardTable {
    return {
      claim: async (shards, owner) => this.#claim(shards, owner, nowMs),
      renew: async owner => this.#renew(owner, nowMs),
      release: async claims => {
        for (const { shard, epoch } of claims)
          if (this.epochByShard.get(shard) === epoch) this.#ownerByShard.delete(shard)
      },
      leave: async node => void this.#leaseByNode.delete(node),
    }
  }

  #claim(shards: readonly number[], owner: ShardOwner, nowMs: number): readonly ShardClaim[] {
    const claims: ShardClaim[] = []
    for (const shard of shards) {
      const holder = this.#holderOf(shard, nowMs)
      if (holder !== null && holder !== owner.node) continue
      const epoch = (this.epochByShard.get(shard) ?? 0) + 1
      this.epochByShard.set(shard, epoch)
      this.#ownerByShard.set(shard, owner.node)
      claims.push({ shard, epoch })
    }
    this.#keepLease(owner, nowMs)
    return claims
  }

  #renew(owner: ShardOwner, nowMs: number): ClusterPicture {
    this.#keepLease(owner, nowMs)
    const living = [...this.#leaseByNode].filter(([node, { untilMs }]) => untilMs > nowMs || node === owner.node)
    const nodes = living.map(([node, { address }]) => ({ node, address }))
    return {
      nodes: nodes.sort((a, b) => (a.node < b.node ? -1 : 1)),
      shards: [...this.epochByShard].map(([shard, epoch]) => ({ shard, epoch, node: this.#holderOf(shard, nowMs) })),
    }
  }

  #keepLease({ node, address, leaseMs }: ShardOwner, nowMs: number): void {
    this.#leaseByNode.set(node, { address, untilMs: nowMs + leaseMs })
  }

  #holderOf(shard: number, nowMs: number): string | null {
    const node = this.#ownerByShard.get(shard)
    return node !== undefined && (this.#leaseByNode.get(node)?.untilMs ?? 0) > nowMs ? node : null
  }
}
