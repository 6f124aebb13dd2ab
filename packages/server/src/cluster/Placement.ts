import { hash53 } from '@tidemark/core'
import { shardOf } from '../authority/shardOf.js'

/**
 * Which node each shard is to be at: the same on all nodes that know of the same ones, and a node that comes or goes moves
 * only its own share. It says where to send, not who may commit: that is the store's. [A6]
 */
export class Placement {
  #nodes: readonly string[]
  /** Nodes that said that they go. */
  readonly #leaving = new Set<string>()
  readonly #ownerByShard = new Map<number, string>()

  constructor(
    readonly self: string,
    readonly shardCount: number,
  ) {
    this.#nodes = [self]
  }

  get nodes(): readonly string[] {
    return this.#nodes
  }

  /** These are there, by the store. True if shards are to be elsewhere now. */
  living(nodes: readonly string[]): boolean {
    for (const node of this.#leaving) if (!nodes.includes(node)) this.#leaving.delete(node)
    return this.#settle(nodes)
  }

  leaving(node: string): boolean {
    this.#leaving.add(node)
    return this.#settle(this.#nodes)
  }

  ownerOf(shard: number): string {
    const known = this.#ownerByShard.get(shard)
    if (known !== undefined) return known
    let owner = this.self
    let best = -1
    for (const node of this.#nodes) {
      const score = hash53(`${node} ${shard}`)
      if (score <= best) continue
      best = score
      owner = node
    }
    this.#ownerByShard.set(shard, owner)
    return owner
  }

  isOwn(shard: number): boolean {
    return this.ownerOf(shard) === this.self
  }

  /** How many shards are to be here. */
  get ownCount(): number {
    let count = 0
    for (let shard = 0; shard < this.shardCount; shard++) if (this.isOwn(shard)) count++
    return count
  }

  ownerOfWorkspace(workspace: string): string {
    return this.ownerOf(shardOf(workspace, this.shardCount))
  }

  /** The last one to go keeps its shards. */
  #settle(living: readonly string[]): boolean {
    const staying = living.filter(node => !this.#leaving.has(node))
    const nodes = staying.length > 0 ? staying : [this.self]
    if (nodes.length === this.#nodes.length && nodes.every((node, index) => node === this.#nodes[index])) return false
    this.#nodes = nodes
    this.#ownerByShard.clear()
    return true
  }
}
