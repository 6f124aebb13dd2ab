import { MemoryDisk } from '@tidemark/server/testing'
import { BusHub } from '../network/BusHub.js'
import { Dice } from '../world/Dice.js'
import { NodeHost, type NodeHostParts } from './NodeHost.js'

export interface NodesParts extends Omit<NodeHostParts, 'disk' | 'cluster'> {
  readonly seed: number
  /** How many machines there are. */
  readonly count: number
}

const shardCount = 8

/** The machines that nodes run on, with one disk and a bus between them; or one machine with its disk. */
export class Nodes {
  readonly disk = new MemoryDisk()
  readonly hub: BusHub
  readonly hosts: readonly NodeHost[]
  /** How long the shards of a dead node wait for it. */
  readonly leaseMs: number

  constructor({ seed, count, ...parts }: NodesParts) {
    const dice = new Dice(seed, 'nodes')
    this.hub = new BusHub(parts.time, new Dice(seed, 'bus'), parts.tally)
    this.leaseMs = dice.pick([1_500, 3_000, 5_000])
    const cluster = count === 1 ? null : { hub: this.hub, shardCount, leaseMs: this.leaseMs }
    this.hosts = Array.from({ length: count }, (_, index) => {
      const name = count === 1 ? 'node' : 'abcdef'.charAt(index)
      return new NodeHost(name, new Dice(seed, name), { ...parts, disk: this.disk, cluster })
    })
  }

  get isCluster(): boolean {
    return this.hosts.length > 1
  }

  get running(): readonly NodeHost[] {
    return this.hosts.filter(({ core }) => core !== null)
  }

  /** The machine whose node takes itself for the owner of the workspace. */
  ownerOf(workspace: string): NodeHost | undefined {
    return this.running.find(({ core }) => core?.isOwn(workspace))
  }
}
