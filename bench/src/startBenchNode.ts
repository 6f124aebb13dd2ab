import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createNode, memory, type ServerWorkspace, sqlite } from '@tidemark/server'
import { nodeOptions } from './nodeOptions.js'

export type StoreName = 'memory' | 'sqlite'

/** A real node on a free port, over a store of its own. */
export interface BenchNode {
  readonly url: string
  readonly workspace: ServerWorkspace
  /** Where the database is, with `sqlite`. */
  readonly dir: string
  stop(): Promise<void>
  /** Stops it if need be and removes the directory. */
  [Symbol.asyncDispose](): Promise<void>
}

export const workspaceId = 'bench'

export async function startBenchNode(store: StoreName): Promise<BenchNode> {
  const dir = await mkdtemp(join(tmpdir(), 'tidemark-bench-'))
  const node = await createNode({
    ...nodeOptions,
    store: store === 'memory' ? memory() : sqlite(dir),
  })
  const { url } = await node.listen({ port: 0 })
  let isStopped = false
  const stop = async () => {
    if (isStopped) return
    isStopped = true
    await node.stop()
  }
  return {
    url: url.replace(/^http/, 'ws'),
    workspace: node.workspace(workspaceId),
    dir,
    stop,
    async [Symbol.asyncDispose]() {
      await stop()
      await rm(dir, { recursive: true, force: true })
    },
  }
}
