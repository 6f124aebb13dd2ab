import { collection, defineSchema, encodePresenceState, type Json, text } from '@tidemark/core'
import { beforeEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import type { NodeCore } from '../NodeCore.js'
import { encodeAwareness, readAwareness } from '../presence/awarenessUpdate.js'
import { testNode } from '../testing/testNode.js'
import { WireClient } from '../testing/WireClient.js'

const tasks = collection('tasks', { title: z.string(), owner: z.string(), notes: text() })
const schema = defineSchema({ version: 1, collections: [tasks] })
const target = { kind: 'body', collection: 'tasks', id: 't1' } as const
const scope = 'body/tasks/t1'
const lobby = 'presence/cursors/room/lobby'

let node: NodeCore

beforeEach(async () => {
  node = await testNode({
    schema,
    rules: {
      workspace: user => (user.userId === 'carol' ? 'read' : 'write'),
      collections: { tasks: { read: user => (user.userId === 'bob' ? tasks.where({ owner: 'bob' }) : 'all') } },
    },
  })
  await node.ask('acme', {
    kind: 'write',
    write: { op: 'insert', collection: 'tasks', id: 't1', values: { title: 'a', owner: 'alice' } },
  })
})

async function joined(user: string, isWatching = true, replica?: string): Promise<WireClient> {
  const client = new WireClient(node, user, replica)
  await client.hello('acme', node.schema.hash)
  client.say({ type: 'subscribe', subscriptions: isWatching ? [{ subId: 1, target, resume: null }] : [] })
  if (isWatching) await client.hears('caughtUp')
  return client
}

const edits = (client: WireClient, clientId: number, clock = 1, state = '{}') =>
  client.say({ type: 'presence', scope, state: encodeAwareness([{ clientId, clock, state }]) })

const shows = (client: WireClient, state: Readonly<Record<string, Json>> | null, at = lobby) =>
  client.say({ type: 'presence', scope: at, state: encodePresenceState({ clientId: client.userId, state }) })

const editorsOf = async (client: WireClient) => {
  const { userId, state } = await client.hears('presence')
  return [userId, ...readAwareness(state).map(({ clientId, state }) => `${clientId} ${state}`)]
}
const shownTo = async (client: WireClient) => {
  const { userId, state } = await client.hears('presence')
  return [userId, JSON.parse(new TextDecoder().decode(state))]
}

/** What has been sent by now has arrived. */
async function heardUntil(client: WireClient): Promise<readonly string[]> {
  await new Promise(resolve => setImmediate(resolve))
  return client.heard.filter(({ type }) => type === 'presence').map(({ type }) => type)
}

describe('presence of a body', () => {
  it('[S-PRES-2, S-PRES-3] reaches those who watch it, who comes later too, and the node says whose it is', async () => {
    const [alice, carol] = [await joined('alice'), await joined('carol')]
    edits(alice, 1)
    expect(await editorsOf(carol)).toEqual(['alice', '1 {}'])
    edits(carol, 2)
    expect(await editorsOf(alice)).toEqual(['carol', '2 {}'])
    const other = await joined('alice', true, 'other')
    expect(await editorsOf(other)).toEqual(['alice', '1 {}'])
    expect(await editorsOf(other)).toEqual(['carol', '2 {}'])
  })

  it('[S-PRES-3, G11] is neither heard nor made by who may not see it or does not watch it', async () => {
    const [alice, bob, carol] = [await joined('alice'), await joined('bob'), await joined('carol', false)]
    edits(alice, 1)
    edits(bob, 2)
    edits(carol, 3)
    edits(bob, 1, 5, 'null')
    for (const client of [alice, bob, carol]) expect(await heardUntil(client)).toEqual([])
    const update = { op: 'update', collection: 'tasks', id: 't1', patch: { owner: 'bob' } } as const
    await node.ask('acme', { kind: 'write', write: update })
    expect(await editorsOf(bob)).toEqual(['alice', '1 {}'])
    edits(bob, 2)
    expect(await editorsOf(alice)).toEqual(['bob', '2 {}'])
  })

  it('[S-PRES-6] ends with the session or the subscription, and lasts where the connection was lost', async () => {
    const [alice, other, carol] = [await joined('alice'), await joined('alice', true, 'other'), await joined('carol')]
    edits(carol, 3)
    expect(await editorsOf(other)).toEqual(['carol', '3 {}'])
    carol.say({ type: 'unsubscribe', subIds: [1] })
    expect(await editorsOf(other)).toEqual(['carol', '3 null'])
    edits(alice, 1)
    expect(await editorsOf(other)).toEqual(['alice', '1 {}'])
    alice.disconnect()
    expect(await heardUntil(other)).toEqual([])
  })

  it('[S-PRES-6] of a client that said goodbye is gone at once', async () => {
    const [alice, carol] = [await joined('alice'), await joined('carol')]
    edits(alice, 1)
    expect(await editorsOf(carol)).toEqual(['alice', '1 {}'])
    alice.disconnect(true)
    expect(await editorsOf(carol)).toEqual(['alice', '1 null'])
  })
})

describe('presence at a place of the app', () => {
  it('[S-PRES-4] reaches those who have spoken there, and tells who comes what is shown', async () => {
    const [alice, bob, carol] = [await joined('alice', false), await joined('bob', false), await joined('carol', false)]
    shows(alice, { x: 1 })
    shows(bob, null)
    expect(await shownTo(bob)).toEqual(['alice', ['alice', { x: 1 }]])
    shows(carol, { x: 3 }, 'presence/cursors/')
    shows(alice, { x: 2 })
    expect(await shownTo(bob)).toEqual(['alice', ['alice', { x: 2 }]])
    shows(bob, { x: 9 })
    expect(await shownTo(alice)).toEqual(['bob', ['bob', { x: 9 }]])
    expect(await heardUntil(carol)).toEqual([])
    bob.disconnect(true)
    expect(await shownTo(alice)).toEqual(['bob', ['bob', null]])
  })

  it('[S-PRES-5] a slow client does without, and its changes come all the same', async () => {
    const [alice, bob] = [await joined('alice', false), await joined('bob', false)]
    shows(bob, null)
    bob.bufferedBytes = 1
    shows(alice, { x: 1 })
    bob.subscribe(1, { kind: 'list', collection: 'tasks', where: {}, orderBy: [], limit: null })
    await bob.hears('caughtUp')
    expect(await heardUntil(bob)).toEqual([])
    bob.drain()
    shows(alice, { x: 2 })
    expect(await shownTo(bob)).toEqual(['alice', ['alice', { x: 2 }]])
  })

  it('[S-PRES-4, G11] is not heard while rights are looked at again', async () => {
    const [alice, bob] = [await joined('alice', false), await joined('bob', false)]
    shows(bob, null)
    shows(alice, { x: 1 })
    await shownTo(bob)
    let answer = (): void => undefined
    const asked = new Promise<void>(resolve => {
      answer = resolve
    })
    const { authenticate } = node
    node.authenticate = async (...args) => {
      await asked
      return authenticate.apply(node, args)
    }
    await node.ask('acme', { kind: 'access', subject: 'bob' })
    shows(alice, { x: 2 })
    shows(bob, { x: 9 })
    expect(await heardUntil(bob)).toEqual([])
    expect(await heardUntil(alice)).toEqual([])
    answer()
    await new Promise(resolve => setImmediate(resolve))
    shows(alice, { x: 3 })
    expect(await shownTo(bob)).toEqual(['alice', ['alice', { x: 3 }]])
  })
})
