import { onTestFinished } from 'vitest'
import type { NodeCore } from '../NodeCore.js'
import { inTurn } from './inTurn.js'
import { LaterBus } from './LaterBus.js'
import { TestCluster } from './testCluster.js'
import { type TestNodeOptions, testNode } from './testNode.js'

/** What clients connect to and server code asks: a node, or several of which each connection and each question meets the next. */
export type TestPlace = Pick<NodeCore, 'schema' | 'table' | 'store' | 'connected' | 'ask'>

export const placeStarter = (nodeCount: number) => (options: TestNodeOptions) =>
  nodeCount === 1 ? testNode(options) : testNodes(nodeCount, options)

async function testNodes(nodeCount: number, options: TestNodeOptions): Promise<TestPlace> {
  // Who is still connected when a test ends has nowhere to go to.
  const limits = { drainMs: 0, ...options.limits }
  const cluster = new TestCluster({ ...options, limits }, new LaterBus())
  const nodes: NodeCore[] = []
  onTestFinished(async () => void (await Promise.all(nodes.map(node => node.stop()))))
  for (const name of nodeNames.slice(0, nodeCount)) nodes.push((await cluster.start(name)).node)
  await Promise.all(nodes.map(node => knowsOf(node, nodeCount)))
  const [connecting, asking] = [inTurn(nodes), inTurn([...nodes].reverse())]
  const [{ schema, table, store }] = nodes as [NodeCore]
  return {
    schema,
    table,
    store,
    connected: (socket, headers) => connecting().connected(socket, headers),
    ask: (workspace, work, options) => asking().ask(workspace, work, options),
  }
}

/** The workspace `acme` is decided at c: at another node than the first client is at, and yet another asks first. */
const nodeNames = ['a', 'c', 'b']

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
