import { collection, counter, defineSchema } from '@tidemark/core'
import { afterEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import type { NodeCore } from '../NodeCore.js'
import { type ClusterNode, TestCluster } from '../testing/testCluster.js'
import { WireClient } from '../testing/WireClient.js'
import { NodeWorkspace } from '../workspace/NodeWorkspace.js'

const tasks = collection('tasks', { title: z.string(), votes: counter() })
const schema = defineSchema({ version: 1, collections: [tasks] })
const all = { kind: 'list', collection: 'tasks', where: {}, orderBy: [], limit: null } as const

describe('a cluster', () => {
  const running: ClusterNode[] = []

  afterEach(async () => {
    for (const { node } of running.splice(0)) await node.stop()
  })

  async function start(...names: string[]): Promise<{ readonly cluster: TestCluster; readonly nodes: ClusterNode[] }> {
    const cluster = new TestCluster({ schema })
    const nodes: ClusterNode[] = []
    for (const name of names) nodes.push(await join(cluster, name))
    await agreed(nodes)
    return { cluster, nodes }
  }

  async function join(cluster: TestCluster, name: string): Promise<ClusterNode> {
    const joined = await cluster.start(name)
    running.push(joined)
    return joined
  }

  /** All of them know all of them. */
  async function agreed(nodes: readonly ClusterNode[]): Promise<void> {
    for (const { node } of nodes) await until(() => node.placement.nodes.length === nodes.length)
  }

  /** A workspace that this node decides. */
  const ownedBy = (node: NodeCore): string => {
    for (let n = 0; ; n++) if (node.isOwn(`w${n}`)) return `w${n}`
  }

  async function connected({ node }: ClusterNode, workspace: string, userId: string): Promise<WireClient> {
    const client = new WireClient(node, userId)
    await client.hello(workspace, node.schema.hash)
    return client
  }

  const insert = (id: string) =>
    ({ kind: 'write', write: { op: 'insert', collection: 'tasks', id, values: { title: id } } }) as const
  const vote = (id: string) =>
    ({ kind: 'write', write: { op: 'update', collection: 'tasks', id, patch: { votes: { increment: 1 } } } }) as const

  it('[S-CLUSTER-1] decides at the owner what is pushed at any node, and tells it at every node that watches', async () => {
    const { nodes } = await start('a', 'b', 'c')
    const [a, b, c] = nodes as [ClusterNode, ClusterNode, ClusterNode]
    const workspace = ownedBy(a.node)
    const alice = await connected(b, workspace, 'alice')
    const bob = await connected(c, workspace, 'bob')
    alice.subscribe(1, all)
    bob.subscribe(1, all)
    await alice.hears('caughtUp')
    await bob.hears('caughtUp')
    alice.push(insert('one'))
    expect((await alice.hears('changes')).chunks).toMatchObject([
      { kind: 'row', id: 'one' },
      { kind: 'enter', id: 'one' },
      { kind: 'answers', answers: [{ number: 1, status: 'accepted' }] },
    ])
    expect((await bob.hears('changes')).chunks).toMatchObject([{ kind: 'row', id: 'one' }, { kind: 'enter' }])
    expect(a.node.authorities.workspaceCount).toBe(1)
    expect(b.node.authorities.workspaceCount + c.node.authorities.workspaceCount).toBe(0)
  })

  it('[S-CLUSTER-2] does for server code at any node what the owner decides, and once', async () => {
    const { nodes } = await start('a', 'b')
    const [a, b] = nodes as [ClusterNode, ClusterNode]
    const there = new NodeWorkspace(b.node, ownedBy(a.node))
    // The first word is lost; what is asked for again counts once.
    let lost = 0
    b.bus.loses = kind => kind === 'node' && lost++ === 0
    const id = await there.insert(tasks, { title: 'one' })
    let lostReplies = 0
    a.bus.loses = kind => kind === 'node' && lostReplies++ === 0
    await there.update(tasks, id, { votes: { increment: 1 } })
    expect(await there.get(tasks, id)).toMatchObject({ title: 'one', votes: 1 })
    await expect(there.update(tasks, 'nowhere', { title: 'x' })).rejects.toMatchObject({ code: 'NOT_FOUND' })
  })

  it('[S-CLUSTER-9] runs a transaction of server code at any node, on what is really there', async () => {
    const { nodes } = await start('a', 'b')
    const [a, b] = nodes as [ClusterNode, ClusterNode]
    const name = ownedBy(a.node)
    const all = [a, b].map(({ node }) => new NodeWorkspace(node, name))
    const id = await all[0]?.insert(tasks, { title: 'one' })
    const increment = (workspace: NodeWorkspace) =>
      workspace.batch(tx => {
        const { votes } = tx.get(tasks, id as string) as { readonly votes: number }
        tx.insert(tasks, { id: `after-${votes}`, title: `after ${votes}` })
        tx.update(tasks, id as string, { votes: { increment: 1 } })
      })
    await Promise.all([...all, ...all, ...all].map(increment))
    expect(await all[1]?.get(tasks, id as string)).toMatchObject({ votes: 6 })
    expect(await all[1]?.list(tasks, {})).toHaveLength(7)
    await expect(all[1]?.batch(tx => tx.update(tasks, 'nowhere', { title: 'x' }))).rejects.toMatchObject({
      code: 'NOT_FOUND',
    })
  })

  it('[S-CLUSTER-3] [L5] reads from the store what the bus has lost', async () => {
    const { nodes } = await start('a', 'b')
    const [a, b] = nodes as [ClusterNode, ClusterNode]
    const workspace = ownedBy(a.node)
    const bob = await connected(b, workspace, 'bob')
    bob.subscribe(1, all)
    await bob.hears('caughtUp')
    a.bus.loses = kind => kind === 'changes'
    await new NodeWorkspace(a.node, workspace).insert(tasks, { title: 'one' })
    const { reason, subId } = await bob.hears('reconcile')
    expect([reason, subId]).toEqual(['behind', 1])
  })

  it('[S-CLUSTER-4] [L6] [G1] goes on at another node when the owner is gone, with what was committed', async () => {
    const { nodes } = await start('a', 'b')
    const [a, b] = nodes as [ClusterNode, ClusterNode]
    const workspace = ownedBy(a.node)
    const alice = await connected(b, workspace, 'alice')
    alice.subscribe(1, all)
    await alice.hears('caughtUp')
    alice.push(insert('one'))
    await alice.hears('changes')
    // It falls silent: neither the bus nor the store hears of it.
    a.bus.turn(false)
    await a.node.store.close()
    alice.push(vote('one'))
    const { chunks } = await alice.hears('changes')
    expect(chunks).toMatchObject([{ kind: 'patch', values: { votes: 1 } }, { kind: 'answers' }])
    expect(b.node.authorities.workspaceCount).toBe(1)
  })

  it('[S-CLUSTER-5] hands shards to a node that joins, and takes them back from one that is stopped, while people write', async () => {
    const { cluster, nodes } = await start('a')
    const [a] = nodes as [ClusterNode]
    const names = Array.from({ length: 20 }, (_, n) => `w${n}`)
    const writers = await Promise.all(names.map(name => connected(a, name, 'alice')))
    for (const [n, writer] of writers.entries()) {
      writer.subscribe(1, all)
      await writer.hears('caughtUp')
      writer.push(insert(`t${n}`))
    }
    const voted = async (): Promise<void> => {
      for (const [n, writer] of writers.entries()) writer.push(vote(`t${n}`))
      for (const writer of writers) await answered(writer)
    }
    for (const writer of writers) await answered(writer)
    const b = await join(cluster, 'b')
    await voted()
    await agreed([a, b])
    await voted()
    expect(b.node.authorities.workspaceCount).toBeGreaterThan(0)
    running.splice(running.indexOf(b), 1)
    await Promise.all([b.node.stop(), voted()])
    await voted()
    for (const [n, name] of names.entries()) {
      expect(await new NodeWorkspace(a.node, name).get(tasks, `t${n}`)).toMatchObject({ votes: 4 })
    }
  })

  it('[S-CLUSTER-6] is slower without a bus, and nothing else', async () => {
    const { nodes } = await start('a', 'b')
    const [a, b] = nodes as [ClusterNode, ClusterNode]
    const workspace = ownedBy(a.node)
    const bob = await connected(b, workspace, 'bob')
    bob.subscribe(1, all)
    await bob.hears('caughtUp')
    a.bus.turn(false)
    b.bus.turn(false)
    bob.push(insert('one'))
    const { lastNumber } = await firstAnswer(b, workspace)
    expect(lastNumber).toBe(1)
    expect((await bob.hears('reconcile')).reason).toBe('behind')
  })

  it('[S-CLUSTER-7] [G7] calls a listener at one node only, and from where the one before stopped', async () => {
    const { nodes } = await start('a', 'b')
    const [a, b] = nodes as [ClusterNode, ClusterNode]
    const name = ownedBy(a.node)
    const told: string[] = []
    const stops = nodes.map(({ node }) =>
      new NodeWorkspace(node, name).onChange(tasks, { name: 'mail' }, change => {
        if (change.kind !== 'gap') told.push(change.id)
      }),
    )
    const here = new NodeWorkspace(b.node, name)
    await until(async () => (await positionOf(b, name)) !== undefined)
    await here.insert(tasks, { id: 'one', title: 'one' })
    await until(async () => (await positionOf(b, name)) === 1)
    running.splice(running.indexOf(a), 1)
    await a.node.stop()
    await here.insert(tasks, { id: 'two', title: 'two' })
    await until(() => told.includes('two'))
    expect(told).toEqual(['one', 'two'])
    for (const stop of stops) stop()
  })
})

async function answered(writer: WireClient): Promise<void> {
  for (;;) {
    const message = await writer.next()
    if (message.type === 'changes' && message.chunks.some(({ kind }) => kind === 'answers')) return
  }
}

async function firstAnswer({ node }: ClusterNode, workspace: string): Promise<{ readonly lastNumber: number }> {
  const read = { kind: 'replicas', replicas: ['bob-replica'] } as const
  let lastNumber = 0
  await until(async () => {
    const { found } = await node.store.read(workspace, { found: read })
    lastNumber = found[0]?.lastNumber ?? 0
    return lastNumber > 0
  })
  return { lastNumber }
}

async function positionOf({ node }: ClusterNode, workspace: string): Promise<number | undefined> {
  const { found } = await node.store.read(workspace, { found: { kind: 'replicas', replicas: ['listener:mail'] } })
  return found[0]?.lastNumber
}

/** Looks again each turn of the event loop. */
async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await holds())) await new Promise<void>(resolve => setTimeout(resolve, 5))
}
