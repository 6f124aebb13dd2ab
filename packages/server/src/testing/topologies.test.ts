import { collection, defineSchema } from '@tidemark/core'
import { describe, expect, it, onTestFinished } from 'vitest'
import { z } from 'zod'
import { createNode } from '../createNode.js'
import { noLog } from '../log/Log.js'
import { memory } from '../store/memory/MemoryStore.js'
import { startNodes } from './startNodes.js'
import { placeStarter } from './testPlace.js'
import { topologies } from './topologies.js'
import { WireClient } from './WireClient.js'

const tasks = collection('tasks', { title: z.string() })
const schema = defineSchema({ version: 1, collections: [tasks] })
const all = { kind: 'list', collection: 'tasks', where: {}, orderBy: [], limit: null } as const
const insert = (id: string) =>
  ({ kind: 'write', write: { op: 'insert', collection: 'tasks', id, values: { title: id } } }) as const

describe.each(topologies)('$topology', ({ nodeCount }) => {
  it('[S-NODES-1] has each client at the next of its nodes, and tells all of them what any of them or server code writes', async () => {
    const place = await placeStarter(nodeCount)({ schema })
    const clients = ['alice', 'bob', 'carol'].map(userId => new WireClient(place, userId))
    const nodes: string[] = []
    for (const client of clients) {
      const welcome = await client.hello('acme', place.schema.hash)
      if (welcome.type === 'welcome') nodes.push(welcome.node)
      client.subscribe(1, all)
      await client.hears('caughtUp')
    }
    expect(new Set(nodes).size).toBe(nodeCount)
    for (const client of clients) {
      client.push(insert(client.userId))
      await place.ask('acme', insert(`after ${client.userId}`))
    }
    for (const client of clients) {
      const told: string[] = []
      while (told.length < 6) {
        const { chunks } = await client.hears('changes')
        told.push(...chunks.flatMap(chunk => (chunk.kind === 'row' ? [chunk.id] : [])))
      }
      expect(told).toEqual(clients.flatMap(({ userId }) => [userId, `after ${userId}`]))
    }
  })

  it('[S-NODES-1] has one address, behind which each request meets the next of its nodes, which all know of each other', async () => {
    const started = await startNodes(nodeCount, shared =>
      createNode({
        schema,
        store: memory(),
        log: noLog,
        authenticate: () => ({ userId: 'alice' }),
        access: { workspace: () => 'write' },
        ...shared,
      }),
    )
    onTestFinished(() => started.stop())
    const id = await started.workspace('acme').insert(tasks, { title: 'one' })
    let shards = 0
    for (let asked = 0; asked < nodeCount; asked++) {
      expect(await started.workspace('acme').get(tasks, id)).toMatchObject({ title: 'one' })
      const metrics = await (await fetch(`${started.url}/metrics`)).text()
      expect(metrics).toContain(`tidemark_nodes ${nodeCount}\n`)
      shards += Number(/tidemark_shards (\d+)/.exec(metrics)?.[1])
    }
    // Each shard is at one of those that were met.
    expect(shards).toBe(nodeCount === 1 ? 1 : 1_024)
  })
})
