import { collection, defineSchema } from '@tidemark/core'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
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
})
