import { collection, counter, defineSchema } from '@tidemark/core'
import { afterEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { changesOf } from '../bus/Bus.js'
import type { NodeCore } from '../NodeCore.js'
import { type ClusterNode, TestCluster } from '../testing/testCluster.js'
import { WireClient } from '../testing/WireClient.js'
import { NodeWorkspace } from '../workspace/NodeWorkspace.js'
import { Placement } from './Placement.js'

const tasks = collection('tasks', { title: z.string(), votes: counter() })
const schema = defineSchema({ version: 1, collections: [tasks] })
const all = { kind: 'list', collection: 'tasks', where: {}, orderBy: [], limit: null } as const
/** Refused, and so without a change. */
const voteForNobody = {
  kind: 'write',
  write: { op: 'update', collection: 'tasks', id: 'nobody', patch: { votes: { increment: 1 } } },
} as const

describe('what a cluster mends', () => {
  const running: NodeCore[] = []

  afterEach(async () => {
    for (const node of running.splice(0)) await node.stop()
  })

  async function start(cluster: TestCluster, name: string): Promise<ClusterNode> {
    const joined = await cluster.start(name)
    running.push(joined.node)
    return joined
  }

  async function pair(): Promise<readonly [ClusterNode, ClusterNode]> {
    const cluster = new TestCluster({ schema })
    const [a, b] = [await start(cluster, 'a'), await start(cluster, 'b')]
    for (const { node } of [a, b]) await until(() => node.placement.nodes.length === 2)
    return [a, b]
  }

  async function watching({ node }: ClusterNode, workspace: string): Promise<WireClient> {
    const alice = new WireClient(node, 'alice')
    await alice.hello(workspace, node.schema.hash)
    alice.subscribe(1, all)
    await alice.hears('caughtUp')
    return alice
  }

  it('[S-CLUSTER-10] a shard whose release failed is given up later', async () => {
    const cluster = new TestCluster({ schema, leaseMs: 60_000 })
    const a = await start(cluster, 'a')
    const names = Array.from({ length: 10 }, (_, n) => `w${n}`)
    for (const name of names) await new NodeWorkspace(a.node, name).insert(tasks, { id: 'one', title: 'one' })
    const release = a.node.store.release.bind(a.node.store)
    let failures = 0
    a.node.store.release = async claims => {
      if (failures++ === 0) throw new Error('the store is away')
      return release(claims)
    }
    const b = await start(cluster, 'b')
    for (const name of names) await new NodeWorkspace(b.node, name).update(tasks, 'one', { votes: { increment: 1 } })
    expect(failures).toBeGreaterThan(1)
  })

  it('[S-CLUSTER-11] an owner tells its own sessions what was decided, refusals too, while the bus is away', async () => {
    const [a] = await pair()
    const alice = await watching(a, ownedBy(a.node))
    a.bus.turn(false)
    alice.push(voteForNobody)
    expect((await alice.hears('changes')).chunks).toMatchObject([{ answers: [{ number: 1, code: 'NOT_FOUND' }] }])
  })

  it('[S-CLUSTER-12] [G7] answers that the bus has lost are read from the store when later ones come', async () => {
    const [a, b] = await pair()
    const alice = await watching(b, ownedBy(a.node))
    let lost = 0
    a.bus.loses = kind => kind === 'changes' && lost++ === 0
    alice.push(voteForNobody)
    await until(() => lost > 0)
    alice.push(voteForNobody)
    const { chunks } = await alice.hears('changes')
    expect(chunks).toMatchObject([
      {
        answers: [
          { number: 1, code: 'NOT_FOUND' },
          { number: 2, code: 'NOT_FOUND' },
        ],
      },
    ])
  })

  it('[S-CLUSTER-13] [G7] a late repeat changes nothing of what was answered', async () => {
    const [a, b] = await pair()
    const workspace = ownedBy(a.node)
    const alice = await watching(b, workspace)
    alice.push(voteForNobody)
    await alice.hears('changes')
    // What is answered when the refusal is no longer stored.
    const answers = [{ replica: alice.replica, answer: { number: 1, status: 'accepted' } as const }]
    a.bus.publish(changesOf(workspace), { workspace, epoch: 1, from: 0, to: 0, changes: [], answers })
    alice.push(voteForNobody)
    expect((await alice.hears('changes')).chunks).toMatchObject([{ answers: [{ number: 2, code: 'NOT_FOUND' }] }])
  })

  it('[S-CLUSTER-14] a client that came to the owner from another node hears there that something is out of order', async () => {
    const [a, b] = await pair()
    const workspace = ownedBy(a.node)
    const before = await watching(b, workspace)
    before.push(voteForNobody)
    await before.hears('changes')
    before.disconnect()
    const after = await watching(a, workspace)
    after.push(voteForNobody, 5)
    expect(await after.closed()).toMatchObject({ reason: 'OUT_OF_ORDER' })
  })

  it('[S-CLUSTER-15] [G5] a record is not counted as told by what is behind the store', async () => {
    const [a, b] = await pair()
    const workspace = ownedBy(a.node)
    const server = new NodeWorkspace(a.node, workspace)
    await server.insert(tasks, { id: 'one', title: 'one' })
    const alice = await watching(b, workspace)
    a.bus.loses = kind => kind === 'changes' || kind === 'cluster'
    await server.update(tasks, 'one', { title: 'two' })
    alice.heard.length = 0
    alice.subscribe(2, { kind: 'record', collection: 'tasks', id: 'one' })
    const { items } = await alice.hears('snapshot')
    expect(items).toMatchObject([{ kind: 'row', id: 'one', values: { title: 'two' } }])
  })

  it('[S-CLUSTER-2] [G7] server code is obeyed once though the outcome of a commit is unknown', async () => {
    const [a] = await pair()
    const server = new NodeWorkspace(a.node, ownedBy(a.node))
    await server.insert(tasks, { id: 'one', title: 'one' })
    const commit = a.node.store.commit.bind(a.node.store)
    let commits = 0
    a.node.store.commit = async batch => {
      const outcome = await commit(batch)
      return commits++ === 0 ? { status: 'unknown', error: new Error('the connection broke') } : outcome
    }
    await server.update(tasks, 'one', { votes: { increment: 1 } })
    expect(await server.get(tasks, 'one')).toMatchObject({ votes: 1 })
  })

  it('[S-CLUSTER-4] who is sent what it does not know to be its own asks at once who is there', async () => {
    const cluster = new TestCluster({ schema, leaseMs: 60_000 })
    const [a, b, c] = [await start(cluster, 'a'), await start(cluster, 'b'), await start(cluster, 'c')]
    for (const { node } of [a, b, c]) await until(() => node.placement.nodes.length === 3)
    const withoutC = new Placement('a', 64)
    withoutC.living(['a', 'b'])
    const workspace = workspaceWhere(name => c.node.isOwn(name) && withoutC.ownerOfWorkspace(name) === 'b')
    // B hears nothing of it that C is gone, but while a word for it is handed over.
    const renew = b.node.store.renew.bind(b.node.store)
    const before = await renew({ node: 'b', address: '', leaseMs: 60_000 })
    let isHandedOver = false
    b.node.store.renew = async owner => (isHandedOver ? renew(owner) : before)
    a.bus.loses = kind => {
      isHandedOver = kind === 'node'
      queueMicrotask(() => {
        isHandedOver = false
      })
      return false
    }
    c.bus.turn(false)
    await a.node.store.leave('c')
    c.node.store.renew = async () => before
    c.node.store.collect = async () => []
    await until(() => a.node.placement.nodes.length === 2)
    await new NodeWorkspace(a.node, workspace).insert(tasks, { id: 'one', title: 'one' })
    expect(b.node.authorities.workspaceCount).toBe(1)
  })

  it('[S-CLUSTER-7] [G7] the position of a listener never goes back', async () => {
    const [a] = await pair()
    const workspace = ownedBy(a.node)
    for (const seq of [5, 3]) await a.node.ask(workspace, { kind: 'position', name: 'mail', seq })
    const read = { kind: 'replicas', replicas: ['listener:mail'] } as const
    expect((await a.node.store.read(workspace, { read })).read[0]?.lastNumber).toBe(5)
  })

  it('[S-CLUSTER-7] a listener that could not begin begins again', async () => {
    const [a] = await pair()
    const server = new NodeWorkspace(a.node, ownedBy(a.node))
    const open = a.node.store.open.bind(a.node.store)
    let failures = 0
    a.node.store.open = async (workspace, shard) => {
      if (failures++ === 0) throw new Error('the store is away')
      return open(workspace, shard)
    }
    const told: string[] = []
    const stop = server.onChange(tasks, { name: 'mail' }, change => {
      if (change.kind !== 'gap') told.push(change.id)
    })
    await until(() => failures > 2)
    for (let n = 0; !told.length; n++) {
      await server.insert(tasks, { id: `t${n}`, title: 'one' })
      await turn()
    }
    stop()
  })
})

/** A workspace that this node decides. */
const ownedBy = (node: NodeCore): string => workspaceWhere(name => node.isOwn(name))

function workspaceWhere(holds: (name: string) => boolean): string {
  for (let n = 0; ; n++) if (holds(`w${n}`)) return `w${n}`
}

const turn = () => new Promise<void>(resolve => setTimeout(resolve, 5))

/** Looks again each turn of the event loop. */
async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await turn()
}
