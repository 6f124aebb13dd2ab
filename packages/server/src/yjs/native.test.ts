import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { defineSchema, openCollection } from '@tidemark/core'
import { afterEach, describe, expect, it } from 'vitest'
import { Awareness, applyAwarenessUpdate, encodeAwarenessUpdate } from 'y-protocols/awareness'
import * as Y from 'yjs'
import { nodePortOf } from '../nodePortOf.js'
import { inTurn } from '../testing/inTurn.js'
import { placeStarter } from '../testing/testPlace.js'
import { topologies } from '../testing/topologies.js'
import { WireClient } from '../testing/WireClient.js'
import { Door } from './Door.js'
import { StockClient } from './testing/StockClient.js'

const schema = defineSchema({ version: 1, collections: [openCollection('pages')] })
const scope = 'body/pages/p1'

const ends: (() => unknown)[] = []
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end()
})

/** A place with a door at each node; stock clients come to others than native ones. */
async function started(nodeCount: number) {
  const place = await placeStarter(nodeCount)({ schema })
  const doors = place.nodes.map(node => new Door(nodePortOf(node, new Map())))
  const connecting = inTurn([...doors].reverse())
  const server = createServer().on('upgrade', (request, socket, head) => connecting().upgraded(request, socket, head))
  await new Promise<void>(resolve => server.listen(0, resolve))
  ends.push(async () => {
    for (const door of doors) door.drain()
    await Promise.all(place.nodes.map(node => node.stop()))
    await Promise.all(doors.map(door => door.close()))
    server.close()
  })
  return { place, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }
}

describe.each(topologies)('stock and native clients at $topology', ({ nodeCount }) => {
  it('[S-DOOR-2, S-DOOR-10] stock and native clients have one body, and see each other in it', async () => {
    const { place, url } = await started(nodeCount)
    const alice = new StockClient(`${url}/yjs`, 'acme/pages/p1', 'alice')
    ends.push(() => alice.destroy())
    await alice.synced()
    const other = new StockClient(`${url}/yjs`, 'acme/pages/p1', 'alice')
    ends.push(() => other.destroy())
    other.provider.awareness.setLocalState(null)
    alice.text.insert(0, 'from ')
    await other.reads('from ')

    const bob = new WireClient(place, 'bob')
    const doc = new Y.Doc()
    await bob.hello('acme', place.schema.hash)
    bob.subscribe(1, { kind: 'body', collection: 'pages', id: 'p1' })
    const { items } = await bob.hears('snapshot')
    for (const item of items) if (item.kind === 'bodyState') Y.applyUpdate(doc, item.bytes)
    await bob.hears('caughtUp')
    alice.text.insert(5, 'alice')
    const { chunks } = await bob.hears('changes')
    for (const chunk of chunks) if ('update' in chunk) Y.applyUpdate(doc, chunk.update)
    expect(doc.getText('notes').toString()).toBe('from alice')
    alice.provider.awareness.setLocalState({ name: 'alice' })

    const before = Y.encodeStateVector(doc)
    doc.getText('notes').insert(10, ' and bob')
    bob.push({ kind: 'body', collection: 'pages', id: 'p1', update: Y.encodeStateAsUpdate(doc, before) })
    await alice.reads('from alice and bob')

    const shown = new Awareness(doc)
    ends.push(() => shown.destroy())
    while (shown.getStates().get(alice.doc.clientID)?.name !== 'alice') {
      const { userId, state } = await bob.hears('presence')
      expect(userId).toBe('alice')
      applyAwarenessUpdate(shown, state, 'alice')
    }
    shown.setLocalState({ name: 'bob' })
    bob.say({ type: 'presence', scope, state: encodeAwarenessUpdate(shown, [doc.clientID]) })
    await other.shows('alice', 'bob')
  })

  it('[S-DOOR-10] nonsense that a native client shows stays with it', async () => {
    const { place, url } = await started(nodeCount)
    const bob = new WireClient(place, 'bob')
    await bob.hello('acme', place.schema.hash)
    const alice = new StockClient(`${url}/yjs`, 'acme/pages/p1', 'alice')
    ends.push(() => alice.destroy())
    await alice.synced()
    bob.say({ type: 'presence', scope, state: new Uint8Array([1, 1, 1, 1, 0x7b]) })
    alice.text.insert(0, 'still here')
    await alice.hasLength(10)
    const carol = new StockClient(`${url}/yjs`, 'acme/pages/p1', 'carol')
    ends.push(() => carol.destroy())
    await carol.reads('still here')
  })
})
