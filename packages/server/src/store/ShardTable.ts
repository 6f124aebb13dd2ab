/**
 * Who owns which shard, and who is there to own one: kept in the store, since only the store can fence. Leases run by the
 * store's clock. A node that paused finds out here, and an epoch never goes back. [A6]
 *
 * A store with one node ever, as the embedded one is, gives every claim at once and knows nobody else.
 */
export interface ShardTable {
  /**
   * Takes shards: each gets the next epoch of its own, and commits under an older one are refused from here on. What
   * another node holds by a lease that lasts is not given.
   */
  claim(shards: readonly number[], owner: ShardOwner): Promise<readonly ShardClaim[]>
  /** Says that this node lives for another lease, with the shards it has, and tells who else does. */
  renew(owner: ShardOwner): Promise<ClusterPicture>
  /** Gives these up, if they are still held under that epoch: the next claim gets them. */
  release(claims: readonly ShardClaim[]): Promise<void>
  /** The node goes: its lease ends. */
  leave(node: string): Promise<void>
}

export interface ShardOwner {
  readonly node: string
  /** Where it can be found; for people. */
  readonly address: string
  readonly leaseMs: number
}

export interface ShardClaim {
  readonly shard: number
  readonly epoch: number
}

/** What the store knows of a cluster at one moment. */
export interface ClusterPicture {
  /** Nodes whose lease lasts, by name in ascending order. */
  readonly nodes: readonly { readonly node: string; readonly address: string }[]
  /** Shards that were ever claimed; `node` is null where the lease ran out or was given up. */
  readonly shards: readonly (ShardClaim & { readonly node: string | null })[]
}
