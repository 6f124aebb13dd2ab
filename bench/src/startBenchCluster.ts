import { createNode, MemoryDisk, memory, type ServerWorkspace, type StoreAdapter } from '@tidemark/server'
import { redis } from '@tidemark/server/redis'
import { RedisServer } from '@tidemark/server/testing/RedisServer'
import { nodeOptions } from './nodeOptions.js'

/** Nodes on ports, over one Redis of their own and one store in memory. All writes go to the first: it owns the shard. */
export interface BenchCluster {
  readonly redis: RedisServer
  readonly urls: readonly string[]
  /** Of the first node. */
  workspace(name: string): ServerWorkspace
  /** Commits so far, one for each workspace in a batch. */
  commitCount(): number
  [Symbol.asyncDispose](): Promise<void>
}

export async function startBenchCluster(size: number): Promise<BenchCluster> {
  const server = await RedisServer.start()
  const disk = new MemoryDisk()
  let commits = 0
  const store: StoreAdapter = {
    '~store': true,
    open: async model => {
      const opened = await memory(disk).open(model)
      const commit = opened.commit.bind(opened)
      opened.commit = async batch => {
        const outcome = await commit(batch)
        if (outcome.status === 'committed') commits += batch.workspaces.length
        return outcome
      }
      return opened
    },
  }
  const nodes = await Promise.all(
    Array.from({ length: size }, () => createNode({ ...nodeOptions, store, bus: redis(server.url) })),
  )
  const listening = await Promise.all(nodes.map(node => node.listen({ port: 0 })))
  return {
    redis: server,
    urls: listening.map(({ url }) => url.replace(/^http/, 'ws')),
    workspace: name => (nodes[0] as (typeof nodes)[number]).workspace(name),
    commitCount: () => commits,
    async [Symbol.asyncDispose]() {
      await Promise.all(nodes.map(node => node.stop()))
      await server.remove()
    },
  }
}
