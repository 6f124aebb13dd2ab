import { createNode, memory } from '@tidemark/server'
import { describe, expect, it } from 'vitest'
import { createClient } from './createClient.js'
import { schema, tasks } from './testing/tracker.js'

describe('a client and a node', () => {
  it('shows an insert', async () => {
    const node = await createNode({
      schema,
      store: memory(),
      authenticate: ({ token }) => ({ userId: token ?? 'alice' }),
      access: { workspace: () => 'write' },
    })
    const { url } = await node.listen({ port: 0 })
    const client = createClient({ schema, url, workspace: 'acme', userId: 'alice', storage: 'memory' })
    const list = client.liveList(tasks, {})
    const receipt = client.insert(tasks, { title: 'one' })
    await client.settled()
    expect(list.getSnapshot()).toMatchObject({ status: 'complete', data: [{ title: 'one', $pending: false }] })
    await client.close()
    await node.stop()
  })
})
