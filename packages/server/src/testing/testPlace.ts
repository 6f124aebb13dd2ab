import { onTestFinished } from 'vitest'
import type { NodeCore } from '../NodeCore.js'
import { inTurn } from './inTurn.js'
import { LaterBus } from './LaterBus.js'
import { TestCluster } from './testCluster.js'
import { type TestNodeOptions, testNode } from './testNode.js'

/** What clients connect to and server code asks: one node, or several of which each connection and each question meets the next. */
export interface TestPlace extends Pick<NodeCore, 'schema' | 'table' | 'store' | 'connected' | 'ask'> {
  readonly nodes: readonly NodeCore[]
}

export const placeStarter =
  (nodeCount: number) =>
  async (options: TestNodeOptions): Promise<TestPlace> => {
    const nodes = nodeCount === 1 ? [await testNode(options)] : await testNodes(nodeCount, options)
    const [connecting, asking] = [inTurn(nodes), inTurn([...nodes].reverse())]
    const [{ schema, table, store }] = nodes as [NodeCore]
    return {
      nodes,
      schema,
      table,
      store,
      connected: (socket, headers) => connecting().connected(socket, headers),
      ask: (workspace, work, options) => asking().ask(workspace, work, options),
    }
  }

/** The workspace `acme` is decided at c: at another node than the first client is at, and yet another asks first. */
const nodeNames = ['a', 'c', 'b']

async function testNodes(nodeCount: number, options: TestNodeOptions): Promise<readonly NodeCore[]> {
  // Who is still connected when a test ends has nowhere to go to.
  const limits = { drainMs: 0, ...options.limits }
  const cluster = new TestCluster({ ...options, limits }, new LaterBus())
  const nodes: NodeCore[] = []
  onTestFinished(async () => void (await Promise.all(nodes.map(node => node.stop()))))
  for (const name of nodeNames.slice(0, nodeCount)) nodes.push((await cluster.start(name)).node)
  await Promise.all(nodes.map(node => knowsOf(node, nodeCount)))
  return nodes
}

/** Resolves when the node knows of so many. */
function knowsOf(node: NodeCore, nodeCount: number): Promise<void> {
  return new Promise(resolve => {
    const look = (): void => {
      if (node.placement.nodes.length !== nodeCount) return
      stop()
      resolve()
    }
    const stop = node.whenMoved(look)
    look()
  })
}
