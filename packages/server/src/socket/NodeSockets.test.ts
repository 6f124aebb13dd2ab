import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { defineSchema, encodeClientMessage, openCollection, protocolVersion } from '@tidemark/core'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import type { NodeCore } from '../NodeCore.js'
import { testNode } from '../testing/testNode.js'
import { NodeSockets } from './NodeSockets.js'

const schema = defineSchema({ version: 1, collections: [openCollection('pages')] })
const frameBytes = 10_000

let node: NodeCore
let sockets: NodeSockets
let server: Server

beforeEach(async () => {
  node = await testNode({ schema, limits: { frameBytes } })
  sockets = new NodeSockets(node)
  server = createServer().on('upgrade', (request, socket, head) => sockets.upgrade(request, socket, head))
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
})

afterEach(async () => {
  await node.stop()
  sockets.close()
  server.close()
})

const hello = encodeClientMessage({
  type: 'hello',
  protocol: protocolVersion,
  schemaHash: '',
  workspace: 'acme',
  userId: 'alice',
  token: 'alice',
  replica: 'alice-replica',
  answered: 0,
})

async function connected(): Promise<WebSocket> {
  const { port } = server.address() as AddressInfo
  const socket = new WebSocket(`ws://127.0.0.1:${port}`)
  await new Promise(resolve => socket.once('open', resolve))
  return socket
}

const welcomed = (socket: WebSocket) =>
  new Promise(resolve => {
    socket.once('message', resolve)
    socket.send(hello)
  })

const closed = (socket: WebSocket) => new Promise<number>(resolve => socket.once('close', code => resolve(code)))

describe('sockets of native clients', () => {
  it('[S-SOCK-10, G10] a frame above the bound closes its own connection with 4413, and no other', async () => {
    const [alice, bob] = [await connected(), await connected()]
    await welcomed(alice)
    alice.send(new Uint8Array(frameBytes + 1))
    expect(await closed(alice)).toBe(4413)
    await welcomed(bob)
    bob.close()
    expect(await closed(bob)).toBe(1005)
  })

  it('[S-SOCK-10] a text message closes with 4400', async () => {
    const alice = await connected()
    alice.send('hello')
    expect(await closed(alice)).toBe(4400)
  })
})
