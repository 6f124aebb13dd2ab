import { type SchemaDef, schemaModelOf } from '@tidemark/core'
import type { Bus, BusMessages, BusSubscription, Topic, TopicKind } from '../bus/Bus.js'
import { InProcessBus } from '../bus/InProcessBus.js'
import type { NodeCore } from '../NodeCore.js'
import { MemoryDisk } from '../store/memory/MemoryDisk.js'
import { memory } from '../store/memory/MemoryStore.js'
import { type TestNodeOptions, testNode } from './testNode.js'

/** A node's own line to the bus of all: it can be cut, and messages can be lost on it. */
export class TestBus implements Bus {
  readonly #watchers = new Set<(isUp: boolean) => void>()
  isUp = true
  /** What is lost on its way from here. */
  loses: (kind: TopicKind) => boolean = () => false

  constructor(private readonly shared: InProcessBus) {}

  publish<K extends TopicKind>(topic: Topic<K>, message: BusMessages[K]): void {
    if (this.isUp && !this.loses(topic.kind)) this.shared.publish(topic, message)
  }

  subscribe<K extends TopicKind>(topic: Topic<K>, receive: (message: BusMessages[K]) => void): BusSubscription {
    return this.shared.subscribe(topic, message => {
      if (this.isUp) receive(message)
    })
  }

  watch(changed: (isUp: boolean) => void): () => void {
    this.#watchers.add(changed)
    changed(this.isUp)
    return () => this.#watchers.delete(changed)
  }

  turn(isUp: boolean): void {
    this.isUp = isUp
    for (const changed of this.#watchers) changed(isUp)
  }

  async close(): Promise<void> {
    this.isUp = false
  }
}

export interface ClusterNode {
  readonly node: NodeCore
  readonly bus: TestBus
}

/** Several nodes in one process: one memory for all, a bus between them. */
export class TestCluster {
  readonly disk = new MemoryDisk()

  constructor(
    private readonly options: Omit<TestNodeOptions, 'store'> & { readonly schema: SchemaDef },
    readonly shared = new InProcessBus(),
  ) {}

  async start(name: string): Promise<ClusterNode> {
    const store = await memory(this.disk).open(schemaModelOf(this.options.schema))
    const bus = new TestBus(this.shared)
    const node = await testNode({ leaseMs: 3_000, ...this.options, name, store, bus, shardCount: 64 })
    await node.cluster.join()
    return { node, bus }
  }
}
