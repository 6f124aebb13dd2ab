import { collection, defineSchema, openCollection, text } from '@tidemark/core'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { WebSocket } from 'ws'
import * as Y from 'yjs'
import { z } from 'zod'
import { createNode } from '../createNode.js'
import { noLog } from '../log/Log.js'
import type { NodeOptions } from '../NodeOptions.js'
import { MemoryDisk } from '../store/memory/MemoryDisk.js'
import { memory } from '../store/memory/MemoryStore.js'
import { startNodes } from '../testing/startNodes.js'
import { topologies } from '../testing/topologies.js'
import { awarenessFrame, decodeDoorMessage, step1Frame, updateFrame } from './doorMessage.js'
import { StockClient } from './testing/StockClient.js'

const tasks = collection('tasks', { title: z.string(), isSecret: z.boolean().default(false), notes: text() })
const pages = openCollection('pages')
const plain = collection('plain', { title: z.string() })
const drafts = openCollection('drafts')
const schema = defineSchema({ version: 1, collections: [tasks, pages, plain, drafts] })

interface Rights {
  readonly readers?: Set<string>
  readonly strangers?: Set<string>
}
type Options = Partial<NodeOptions<typeof schema, { userId: string }>>

const ends: (() => unknown)[] = []
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end()
})

/** A token is the name of its user; nobody is called mallory. */
function madeNode(options: Options, rights: Rights = {}) {
  return createNode({
    schema,
    store: memory(),
    log: noLog,
    authenticate: ({ token }) => {
      if (token === null || token === 'mallory') throw new Error('nobody')
      return { userId: token }
    },
    access: {
      workspace: ({ userId }) =>
        rights.strangers?.has(userId) ? 'none' : rights.readers?.has(userId) ? 'read' : 'write',
      collections: {
        drafts: { read: ({ userId }) => (userId === 'alice' ? 'all' : 'none') },
        tasks: {
          read: ({ userId }) => (userId === 'alice' ? 'all' : tasks.where({ isSecret: false })),
          write: ({ userId }) => userId !== 'carol' || 'carol writes nowhere',
        },
      },
    },
    ...options,
  })
}

const nodeStarter =
  (nodeCount: number) =>
  async (options: Options = {}, rights: Rights = {}) => {
    const started = await startNodes(nodeCount, shared => madeNode({ ...options, ...shared }, rights))
    ends.push(() => started.stop())
    return { node: started, url: started.url }
  }

async function nodeAt(port: number, disk: MemoryDisk) {
  const node = await madeNode({ store: memory(disk) })
  ends.push(() => node.stop())
  const { url } = await node.listen({ port })
  return { node, url, port: Number(new URL(url).port) }
}

function connect(url: string, user: string, room = 'acme/pages/p1', content?: Uint8Array): StockClient {
  const client = new StockClient(`${url}/yjs`, room, user, content)
  ends.push(() => client.destroy())
  return client
}

/** A client that says what a stock one would not. */
async function rawConnection(url: string, path: string) {
  const socket = new WebSocket(url.replace('http:', 'ws:') + path)
  ends.push(() => socket.terminate())
  const closed = new Promise<{ code: number; reason: string }>(resolve =>
    socket.on('close', (code, reason) => resolve({ code, reason: String(reason) })),
  )
  await new Promise(resolve => socket.on('open', resolve))
  return { socket, closed }
}

describe.each(topologies)('stock y-websocket clients at $topology', ({ nodeCount }) => {
  const startedNode = nodeStarter(nodeCount)

  it('[S-DOOR-2, L1] converge, three of them, and late ones get what was written before', async () => {
    const { url } = await startedNode()
    const [alice, bob] = await Promise.all(['alice', 'bob'].map(user => connect(url, user).synced()))
    alice!.text.insert(0, 'one ')
    bob!.text.insert(0, 'two ')
    await Promise.all([alice, bob].map(client => client!.hasLength(8)))
    const carol = await connect(url, 'carol').synced()
    expect(carol.text.toString()).toBe(alice!.text.toString())
    carol.text.delete(0, 8)
    carol.text.insert(0, 'three')
    await Promise.all([alice!.reads('three'), bob!.reads('three')])
    expect(Y.encodeStateAsUpdate(bob!.doc)).toEqual(Y.encodeStateAsUpdate(alice!.doc))
  })

  it('[S-DOOR-2] open a text of a record that was made elsewhere', async () => {
    const { url, node } = await startedNode()
    const id = await node.workspace('acme').insert(tasks, { title: 'x', notes: 'from the node' })
    const bob = connect(url, 'bob', `acme/tasks/${id}`)
    await bob.reads('from the node')
    bob.text.insert(0, 'bob and text ')
    const alice = connect(url, 'alice', `acme/tasks/${id}`)
    await alice.reads('bob and text from the node')
  })

  it('[S-DOOR-5] without rights are told so and do not come again', async () => {
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => {})
    ends.push(() => warn.mockRestore())
    const { url, node } = await startedNode({}, { strangers: new Set(['bob']) })
    const secret = await node.workspace('acme').insert(tasks, { title: 'x', isSecret: true })
    const codeFor = async (user: string, room?: string) => (await connect(url, user, room).closedForGood()).code
    expect(await codeFor('bob')).toBe(4403)
    expect(await codeFor('mallory')).toBe(4401)
    expect(await codeFor('alice', 'acme/nothing/p1')).toBe(4434)
    expect(await codeFor('alice', 'acme/plain/p1')).toBe(4434)
    expect(await codeFor('alice', 'acme/tasks/never-made')).toBe(4434)
    expect(await codeFor('carol', `acme/tasks/${secret}`)).toBe(4434)
    expect(await codeFor('alice', 'acme')).toBe(4434)
    expect(await codeFor('carol', 'acme/drafts/d1')).toBe(4403)
    await connect(url, 'alice', 'acme/drafts/d1').synced()
    expect(warn.mock.calls.join()).toContain('ask for the rights')
  })

  it('[S-DOOR-4] with read rights read, may hold an equal document, and are closed by an edit', async () => {
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => {})
    ends.push(() => warn.mockRestore())
    const { url } = await startedNode({}, { readers: new Set(['bob']) })
    const alice = await connect(url, 'alice').synced()
    alice.text.insert(0, 'hello')
    alice.text.delete(0, 1)
    const other = connect(url, 'alice')
    await other.reads('ello')
    const bob = connect(url, 'bob', 'acme/pages/p1', Y.encodeStateAsUpdate(alice.doc))
    await bob.synced()
    alice.text.insert(0, 'j')
    await bob.reads('jello')
    bob.text.insert(0, 'bob: ')
    expect(await bob.closedForGood()).toEqual({
      code: 4403,
      reason: 'You may read this document and not write to it.',
    })
    expect(other.text.toString()).toBe('jello')
  })

  it('[S-DOOR-5] whose edit a rule refuses are closed with its reason', async () => {
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => {})
    ends.push(() => warn.mockRestore())
    const { url, node } = await startedNode()
    const id = await node.workspace('acme').insert(tasks, { title: 'x' })
    const carol = await connect(url, 'carol', `acme/tasks/${id}`).synced()
    carol.text.insert(0, 'mine')
    expect(await carol.closedForGood()).toEqual({ code: 4430, reason: 'carol writes nowhere' })
  })

  it('[S-DOOR-7, G11] are closed when their rights go, their record is hidden or removed', async () => {
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => {})
    ends.push(() => warn.mockRestore())
    const strangers = new Set<string>()
    const { url, node } = await startedNode({}, { strangers })
    const acme = node.workspace('acme')
    const id = await acme.insert(tasks, { title: 'x' })
    const other = await acme.insert(tasks, { title: 'y' })
    const bob = await connect(url, 'bob').synced()
    const carol = await connect(url, 'carol', `acme/tasks/${id}`).synced()
    const alice = await connect(url, 'alice', `acme/tasks/${other}`).synced()
    strangers.add('bob')
    await acme.accessChanged({ userId: 'bob' })
    expect((await bob.closedForGood()).code).toBe(4403)
    await acme.update(tasks, id, { isSecret: true })
    expect((await carol.closedForGood()).code).toBe(4434)
    await acme.remove(tasks, other)
    expect((await alice.closedForGood()).code).toBe(4434)
  })

  it('[S-DOOR-10] see each other, and not what one says in the name of another', async () => {
    const { url } = await startedNode()
    const clients = ['alice', 'bob', 'carol'].map(user => connect(url, user))
    for (const [at, client] of clients.entries()) {
      client.provider.awareness.setLocalState({ name: ['alice', 'bob', 'carol'][at] })
    }
    await Promise.all(clients.map(client => client.shows('alice', 'bob', 'carol')))
    const [alice, bob, carol] = clients as [StockClient, StockClient, StockClient]
    const { socket } = await rawConnection(url, '/yjs/acme/pages/p1?token=mallet')
    const own = { clientId: 7, clock: 1, state: '{"name":"mallet"}' }
    socket.send(awarenessFrame([{ clientId: alice.doc.clientID, clock: 99, state: '{"name":"bob"}' }, own]))
    await carol.shows('alice', 'bob', 'carol', 'mallet')
    socket.close(1000)
    await carol.shows('alice', 'bob', 'carol')
    bob.provider.disconnect()
    await Promise.all([alice.shows('alice', 'carol'), carol.shows('alice', 'carol')])
  })

  it('[S-DOOR-6] may say hello with a body of 5 MB', async () => {
    const { url } = await startedNode()
    const doc = new Y.Doc()
    doc.getText('notes').insert(0, 'x'.repeat(5 << 20))
    const alice = await connect(url, 'alice', 'acme/pages/big', Y.encodeStateAsUpdate(doc)).synced()
    const bob = connect(url, 'bob', 'acme/pages/big')
    await bob.reads(alice.text.toString())
  })

  it('[S-DOOR-6] are closed for good by a message over the limit, not by one that they would repeat for ever', async () => {
    const { url } = await startedNode({ limits: { bodyBytes: 1 << 20 } })
    const { socket, closed } = await rawConnection(url, '/yjs/acme/pages/p1?token=alice')
    socket.send(updateFrame(new Uint8Array(3 << 20)))
    expect((await closed).code).toBe(4413)
  })

  it('[S-DOOR-9] are sent away when the node stops, to come again', async () => {
    const { url, node } = await startedNode()
    const { closed } = await rawConnection(url, '/yjs/acme/pages/p1?token=alice')
    await node.stop()
    expect((await closed).code).toBe(4510)
  })
})

// What these are about is inside of one node: its start, and what waits for one socket.
describe('stock y-websocket clients and their node', () => {
  const startedNode = nodeStarter(1)

  it('[S-DOOR-3, G1] find what they wrote after a restart of the node, also what they wrote while it was away', async () => {
    const disk = new MemoryDisk()
    const first = await nodeAt(0, disk)
    const alice = await connect(first.url, 'alice').synced()
    const bob = await connect(first.url, 'bob').synced()
    alice.text.insert(0, 'before ')
    await bob.reads('before ')
    const gone = [alice.disconnected(), bob.disconnected()]
    await first.node.stop()
    await Promise.all(gone)
    alice.text.insert(7, 'between ')
    await nodeAt(first.port, disk)
    await bob.reads('before between ')
    bob.text.insert(15, 'after')
    await alice.reads('before between after')
  })

  it('[S-DOOR-11] whose user said too much nonsense are told when to come again; others, and what is open, go on', async () => {
    const { url } = await startedNode({ limits: { faultsPerMinute: 2, bodyBytes: 1 << 20 } })
    const [open, alice] = await Promise.all(['mallet', 'alice'].map(user => connect(url, user).synced()))
    const offend = async (frame: Uint8Array) => {
      const { socket, closed } = await rawConnection(url, '/yjs/acme/pages/p1?token=mallet')
      await new Promise(resolve => socket.once('message', resolve))
      socket.send(frame)
      return (await closed).code
    }
    expect(await offend(new Uint8Array([99]))).toBe(4400)
    expect(await offend(updateFrame(new Uint8Array(3 << 20)))).toBe(4413)
    const refused = connect(url, 'mallet')
    const { code, reason } = await refused.closed()
    expect([code, reason]).toEqual([4503, expect.stringMatching(/: come again in \d+ s\.$/)])
    expect(refused.provider.shouldConnect).toBe(true)
    await connect(url, 'alice').synced()
    open!.text.insert(0, 'still here')
    await alice!.reads('still here')
  })

  it('[S-DOOR-9, G10] that read nothing are closed, and others are served', async () => {
    const { url } = await startedNode({ limits: { queuedBytesPerSession: 64 << 10 } })
    const { socket, closed } = await rawConnection(url, '/yjs/acme/pages/p1?token=bob')
    socket.send(step1Frame(new Uint8Array([0])))
    await new Promise(resolve => socket.once('message', resolve))
    socket.pause()
    const alice = await connect(url, 'alice').synced()
    const carol = await connect(url, 'carol').synced()
    const line = 'x'.repeat(256 << 10)
    for (let length = line.length; length <= line.length * 24; length += line.length) {
      alice.text.insert(0, line)
      await carol.reads('x'.repeat(length))
    }
    socket.resume()
    expect((await closed).code).toBe(4503)
  })

  it('[S-DOOR-9] that are still being sent a large body are not called slow', async () => {
    const { url } = await startedNode()
    const doc = new Y.Doc()
    doc.getText('notes').insert(0, 'x'.repeat(7 << 20))
    const alice = connect(url, 'alice', 'acme/pages/big', Y.encodeStateAsUpdate(doc))
    const carol = connect(url, 'carol', 'acme/pages/big')
    await carol.hasLength(7 << 20)
    const { socket } = await rawConnection(url, '/yjs/acme/pages/big?token=bob')
    await new Promise(resolve => socket.once('message', resolve))
    socket.send(step1Frame(new Uint8Array([0])))
    socket.pause()
    for (let more = 1; more <= 20; more++) {
      alice.text.insert(0, 'y')
      await carol.hasLength((7 << 20) + more)
    }
    const read = new Y.Doc()
    const all = new Promise<void>(resolve => {
      read.on('update', () => {
        if (read.getText('notes').length === (7 << 20) + 20) resolve()
      })
    })
    socket.on('message', (frame: Buffer) => {
      const message = decodeDoorMessage(frame)
      if ('update' in message) Y.applyUpdate(read, message.update)
    })
    socket.resume()
    await all
  })
})
