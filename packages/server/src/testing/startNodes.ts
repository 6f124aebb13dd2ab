import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import type { NodeOptions, TidemarkNode } from '../NodeOptions.js'
import { MemoryDisk } from '../store/memory/MemoryDisk.js'
import { memory } from '../store/memory/MemoryStore.js'
import { inTurn } from './inTurn.js'
import { LaterBus } from './LaterBus.js'
import { TestBus } from './testCluster.js'

/** What nodes of one process have in common to be one cluster, or what one has that is alone. */
export type Shared = Required<Pick<NodeOptions<never, never>, 'store' | 'bus'>>

export interface StartedNodes extends Pick<TidemarkNode, 'workspace' | 'stop'> {
  readonly url: string
}

/**
 * Nodes behind one address: each connection and each request meets another node than the last, and so does server code
 * that asks for a workspace.
 */
export async function startNodes(
  nodeCount: number,
  create: (shared: Partial<Shared>) => Promise<TidemarkNode>,
): Promise<StartedNodes> {
  const shared = nodeCount === 1 ? {} : sharedByNodes()
  const nodes: TidemarkNode[] = []
  for (let count = 0; count < nodeCount; count++) {
    nodes.push(await create(shared))
    // A turn later the others have heard of it, and the store has told all of them who is there.
    await new Promise(resolve => setImmediate(resolve))
  }
  const inner = nodes.map(node => {
    const server = createServer()
    node.attach(server)
    return server
  })
  const connecting = inTurn(inner)
  const balancer = createServer((request: IncomingMessage, response: ServerResponse) => {
    if (!connecting().emit('request', request, response)) response.writeHead(503).end()
  })
  balancer.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    if (!connecting().emit('upgrade', request, socket, head)) socket.destroy()
  })
  await new Promise<void>(resolve => balancer.listen(0, '127.0.0.1', resolve))
  const asking = inTurn([...nodes].reverse())
  return {
    url: `http://127.0.0.1:${(balancer.address() as AddressInfo).port}`,
    workspace: id => asking().workspace(id),
    stop: async () => {
      await Promise.all(nodes.map(node => node.stop()))
      balancer.close()
      balancer.closeAllConnections()
    },
  }
}

function sharedByNodes(): Shared {
  const hub = new LaterBus()
  return {
    store: { ...memory(new MemoryDisk()), isShared: true },
    bus: { '~bus': true, open: async () => new TestBus(hub) },
  }
}
