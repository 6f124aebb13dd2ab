import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { defineSchema, openCollection } from '@tidemark/core'
import { it } from 'vitest'
import { createNode } from './createNode.js'
import { memory } from './store/memory/MemoryStore.js'

const schema = defineSchema({ version: 1, collections: [openCollection('pages')] })

it('stops although somebody is connected who asks nothing, or never ends asking', async () => {
  const node = await createNode({
    schema,
    store: memory(),
    authenticate: () => ({ userId: 'alice' }),
    access: { workspace: () => 'write' },
  })
  const { port } = new URL((await node.listen({ port: 0 })).url)
  const [silent, endless] = [connect(Number(port)), connect(Number(port))]
  const closed = Promise.all([silent, endless].map(closeOf))
  await Promise.all([once(silent, 'connect'), once(endless, 'connect')])
  await new Promise(resolve => endless.write('GET / HTTP/1.1\r\nHost: x\r\n', resolve))
  await node.stop()
  await closed
})

function closeOf(socket: Socket): Promise<unknown> {
  socket.on('error', () => undefined) // it is cut off
  return new Promise(resolve => socket.resume().once('close', resolve))
}
