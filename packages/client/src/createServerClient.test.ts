import { topologies } from '@tidemark/server/testing'
import { describe, expect, it } from 'vitest'
import { createServerClient } from './createServerClient.js'
import { nodeStarter, openClient, until } from './testing/stage.js'
import { schema, tasks } from './testing/tracker.js'

const firstTwo = { orderBy: 'rank', limit: 2 } as const

describe.each(topologies)('a snapshot for the first paint at $topology', ({ nodeCount }) => {
  const startNode = nodeStarter(nodeCount)

  it('[CL-SSR-1] is painted until the replica or the node has something newer', async () => {
    const node = await startNode()
    const acme = node.workspace('acme')
    const id = await acme.insert(tasks, { title: 'one', rank: 'a' })
    for (const rank of ['b', 'c']) await acme.insert(tasks, { title: rank, rank })
    const server = createServerClient({ schema, url: node.url, workspace: 'acme', token: 'alice' })
    const snapshot = await server.snapshot([tasks.list(firstTwo), tasks.record(id), tasks.record('nobody')])
    await acme.update(tasks, id, { title: 'ONE' })

    const alice = openClient('alice', node.url)
    alice.hydrate(snapshot)
    alice.hydrate(snapshot)
    const list = alice.liveList(tasks, firstTwo)
    const painted = {
      freshness: 'server-render',
      status: 'complete',
      hasMore: true,
      data: [{ title: 'one' }, { title: 'b' }],
    }
    expect(list.getServerSnapshot()).toMatchObject(painted)
    expect(list.getServerSnapshot()).toBe(list.getServerSnapshot())
    expect(list.getSnapshot()).toMatchObject(painted)
    expect(alice.liveRecord(tasks, id).getServerSnapshot()).toMatchObject({ status: 'ready', data: { title: 'one' } })
    expect(alice.liveRecord(tasks, 'nobody').getServerSnapshot()).toMatchObject({ status: 'missing' })
    const live = await until(list, ({ freshness }) => freshness === 'live')
    expect(live).toMatchObject({ status: 'complete', data: [{ title: 'ONE' }, { title: 'b' }] })
  })

  it('[CL-SSR-2] a refusal of the node is thrown as its code', async () => {
    const node = await startNode({ access: { workspace: () => 'none' } })
    const server = createServerClient({ schema, url: node.url, workspace: 'acme', token: 'alice' })
    await expect(server.snapshot([tasks.list({})])).rejects.toMatchObject({ code: 'FORBIDDEN' })
  })
})
