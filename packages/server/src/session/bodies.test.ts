import { collection, decodeNodeFrame, defineSchema, openCollection, text } from '@tidemark/core'
import { describe, expect, it } from 'vitest'
import * as Y from 'yjs'
import { z } from 'zod'
import { placeStarter, type TestPlace } from '../testing/testPlace.js'
import { topologies } from '../testing/topologies.js'
import { WireClient } from '../testing/WireClient.js'

const tasks = collection('tasks', { title: z.string(), notes: text() })
const pages = openCollection('pages')
const schema = defineSchema({ version: 1, collections: [tasks, pages] })

async function connected(place: TestPlace, userId: string): Promise<WireClient> {
  const client = new WireClient(place, userId)
  await client.hello('acme', place.schema.hash)
  return client
}

function updateOf(edit: (doc: Y.Doc) => void): Uint8Array {
  const doc = new Y.Doc()
  edit(doc)
  return Y.encodeStateAsUpdate(doc)
}

describe.each(topologies)('a body at $topology', ({ nodeCount }) => {
  const startPlace = placeStarter(nodeCount)

  it('[G8] of an open collection reaches who waits for it when it is made', async () => {
    const place = await startPlace({ schema })
    const [alice, bob] = [await connected(place, 'alice'), await connected(place, 'bob')]
    bob.subscribe(1, { kind: 'body', collection: 'pages', id: 'home' })
    await bob.hears('caughtUp')
    const update = updateOf(doc => doc.getMap('shapes').set('a', 1))
    alice.push({ kind: 'body', collection: 'pages', id: 'home', update })
    expect((await bob.hears('changes')).chunks).toMatchObject([{ kind: 'body', id: 'home' }])
  })

  it('[G8] starts with the text that its record was inserted with', async () => {
    const place = await startPlace({ schema })
    const bob = await connected(place, 'bob')
    const insert = { op: 'insert', collection: 'tasks', id: 't', values: { title: 't', notes: 'hello' } } as const
    await place.ask('acme', { kind: 'write', write: insert })
    bob.subscribe(1, { kind: 'body', collection: 'tasks', id: 't' })
    const [item] = (await bob.hears('snapshot')).items
    const doc = new Y.Doc()
    Y.applyUpdate(doc, (item as { bytes: Uint8Array }).bytes)
    expect(doc.getText('notes').toString()).toBe('hello')
  })

  it('[G5, S-SESS-6] that comes into sight is said to rest in the frame of the change, before it', async () => {
    const place = await startPlace({
      schema,
      rules: { collections: { tasks: { read: () => tasks.where({ title: 'open' }) } } },
    })
    const bob = await connected(place, 'bob')
    const values = { title: 'hidden', notes: 'hello' }
    await place.ask('acme', { kind: 'write', write: { op: 'insert', collection: 'tasks', id: 't', values } })
    bob.subscribe(1, { kind: 'body', collection: 'tasks', id: 't' })
    bob.subscribe(2, { kind: 'list', collection: 'tasks', where: {}, orderBy: [], limit: null })
    await bob.hears('caughtUp')
    await bob.hears('caughtUp')
    const patch = { title: 'open' }
    await place.ask('acme', { kind: 'write', write: { op: 'update', collection: 'tasks', id: 't', patch } })
    await bob.hears('reconcile')
    const frames = bob.bytes.map(bytes => decodeNodeFrame(bytes, place.table).map(({ type }) => type))
    const frame = frames.find(types => types.includes('changes'))
    expect(frame?.slice(0, 2)).toEqual(['reconcile', 'changes'])
  })

  it('[S-SESS-2] is not served to a state vector of nonsense: the session is closed', async () => {
    const place = await startPlace({ schema })
    const bob = await connected(place, 'bob')
    const insert = { op: 'insert', collection: 'tasks', id: 't', values: { title: 't', notes: 'hello' } } as const
    await place.ask('acme', { kind: 'write', write: insert })
    const held = Uint8Array.of(3, 1, 255)
    bob.subscribe(1, { kind: 'body', collection: 'tasks', id: 't' }, resumeWith(held))
    expect(await bob.hears('goodbye')).toMatchObject({ code: 'INVALID' })
  })
})

const resumeWith = (held: Uint8Array) => ({ cursor: 0, viewHash: '', bound: null, count: 0, held })
