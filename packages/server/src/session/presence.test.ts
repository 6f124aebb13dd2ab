import { collection, defineSchema, text } from '@tidemark/core'
import { beforeEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { encodeAwareness, readAwareness } from '../presence/awarenessUpdate.js'
import { heardMeanwhile, shownTo, shows } from '../testing/shownStates.js'
import { userOfToken } from '../testing/testNode.js'
import { placeStarter, type TestPlace } from '../testing/testPlace.js'
import { topologies } from '../testing/topologies.js'
import { WireClient } from '../testing/WireClient.js'

const tasks = collection('tasks', { title: z.string(), owner: z.string(), notes: text() })
const schema = defineSchema({ version: 1, collections: [tasks] })
const target = { kind: 'body', collection: 'tasks', id: 't1' } as const
const list = { kind: 'list', collection: 'tasks', where: {}, orderBy: [], limit: null } as const
const scope = 'body/tasks/t1'

let place: TestPlace
/** Whoever is looked up waits for it. */
let lookedUp: (userId: string | null) => Promise<void>

async function start(nodeCount: number): Promise<void> {
  lookedUp = async () => undefined
  place = await placeStarter(nodeCount)({
    schema,
    authenticate: async (token, headers) => {
      await lookedUp(token)
      return userOfToken(token, headers)
    },
    rules: {
      workspace: user => (user.userId === 'carol' ? 'read' : 'write'),
      collections: { tasks: { read: user => (user.userId === 'bob' ? tasks.where({ owner: 'bob' }) : 'all') } },
    },
  })
  await place.ask('acme', {
    kind: 'write',
    write: { op: 'insert', collection: 'tasks', id: 't1', values: { title: 'a', owner: 'alice' } },
  })
}

async function joined(user: string, isWatching = true, replica?: string): Promise<WireClient> {
  const client = new WireClient(place, user, replica)
  await client.hello('acme', place.schema.hash)
  client.say({ type: 'subscribe', subscriptions: isWatching ? [{ subId: 1, target, resume: null }] : [] })
  if (isWatching) await client.hears('caughtUp')
  return client
}

const edits = (client: WireClient, clientId: number, clock = 1, state = '{}') =>
  client.say({ type: 'presence', scope, state: encodeAwareness([{ clientId, clock, state }]) })

const editorsOf = async (client: WireClient) => {
  const { userId, state } = await client.hears('presence')
  return [userId, ...readAwareness(state).map(({ clientId, state }) => `${clientId} ${state}`)]
}

describe.each(topologies)('presence of a body at $topology', ({ nodeCount }) => {
  beforeEach(() => start(nodeCount))

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

  it('[S-PRES-3, S-PRES-11, G11] is neither heard nor made by who may not see it or does not watch it', async () => {
    const [alice, bob, carol] = [await joined('alice'), await joined('bob'), await joined('carol', false)]
    edits(alice, 1)
    edits(bob, 2)
    edits(carol, 3)
    edits(bob, 1, 5, 'null')
    expect(await heardMeanwhile(alice, bob, carol)).toEqual([])
    const update = { op: 'update', collection: 'tasks', id: 't1', patch: { owner: 'bob' } } as const
    await place.ask('acme', { kind: 'write', write: update })
    expect(await editorsOf(bob)).toEqual(['alice', '1 {}'])
    edits(bob, 2)
    expect(await editorsOf(alice)).toEqual(['bob', '2 {}'])
    await place.ask('acme', { kind: 'write', write: { ...update, patch: { owner: 'alice' } } })
    expect(await editorsOf(alice)).toEqual(['bob', '2 null'])
    edits(bob, 2, 2)
    edits(alice, 1, 2)
    expect(await heardMeanwhile(alice, bob)).toEqual([])
  })

  it('[S-PRES-6] ends with the session or the subscription, and lasts where the connection was lost', async () => {
    const [alice, other, carol] = [await joined('alice'), await joined('alice', true, 'other'), await joined('carol')]
    edits(carol, 3)
    expect(await editorsOf(other)).toEqual(['carol', '3 {}'])
    carol.say({ type: 'unsubscribe', subIds: [1] })
    expect(await editorsOf(other)).toEqual(['carol', '3 null'])
    edits(alice, 1)
    expect(await editorsOf(other)).toEqual(['alice', '1 {}'])
    const late = await joined('carol', true, 'late')
    expect(await editorsOf(late)).toEqual(['alice', '1 {}'])
    alice.disconnect()
    expect(await heardMeanwhile(other, late)).toEqual([])
  })

  it("[S-PRES-1, S-PRES-6] goes on in the user's next session, wherever that is", async () => {
    const [alice, carol] = [await joined('alice'), await joined('carol')]
    for (const other of ['one', 'two']) await joined('carol', true, other)
    edits(alice, 1, 4)
    expect(await editorsOf(carol)).toEqual(['alice', '1 {}'])
    alice.disconnect()
    const again = await joined('alice')
    edits(again, 1, 4, '{"isBack":true}')
    expect(await editorsOf(carol)).toEqual(['alice', '1 {"isBack":true}'])
  })

  it('[S-PRES-8] goes on in the next session of the client, though its node died without a word', async () => {
    const [alice, carol] = [await joined('alice'), await joined('carol')]
    for (const other of ['one', 'two']) await joined('carol', true, other)
    edits(alice, 1, 4)
    expect(await editorsOf(carol)).toEqual(['alice', '1 {}'])
    const again = await joined('alice')
    edits(again, 1, 4, '{"isBack":true}')
    expect(await editorsOf(carol)).toEqual(['alice', '1 {"isBack":true}'])
    again.disconnect(true)
    expect(await editorsOf(carol)).toEqual(['alice', '1 null'])
  })

  it('[S-PRES-6] of a client that said goodbye is gone at once', async () => {
    const [alice, carol] = [await joined('alice'), await joined('carol')]
    edits(alice, 1)
    expect(await editorsOf(carol)).toEqual(['alice', '1 {}'])
    alice.disconnect(true)
    expect(await editorsOf(carol)).toEqual(['alice', '1 null'])
  })
})

describe.each(topologies)('presence at a place of the app at $topology', ({ nodeCount }) => {
  beforeEach(() => start(nodeCount))

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
    expect(await heardMeanwhile(alice, bob, carol)).toEqual([])
    bob.disconnect(true)
    expect(await shownTo(alice)).toEqual(['bob', ['bob', null]])
  })

  it('[S-PRES-9] is gone when it is withdrawn right after it was shown', async () => {
    const [alice, bob, carol] = [await joined('alice', false), await joined('bob', false), await joined('carol', false)]
    // The last to come is told what is shown when all are there.
    for (const client of [bob, carol]) shows(client, null)
    shows(alice, { x: 1 })
    shows(alice, null)
    shows(bob, { x: 2 })
    bob.disconnect(true)
    const heard = [await shownTo(carol), await shownTo(carol), await shownTo(carol), await shownTo(carol)]
    const of = (user: string) => heard.filter(([userId]) => userId === user).map(([, [, state]]) => state)
    expect([of('alice'), of('bob')]).toEqual([
      [{ x: 1 }, null],
      [{ x: 2 }, null],
    ])
  })

  it('[S-PRES-4, G11] is not heard while rights are looked at again', async () => {
    const [alice, bob, carol] = [await joined('alice', false), await joined('bob', false), await joined('carol', false)]
    for (const client of [bob, carol]) shows(client, null)
    shows(alice, { x: 1 })
    for (const client of [bob, carol]) expect(await shownTo(client)).toEqual(['alice', ['alice', { x: 1 }]])
    let answer = (): void => undefined
    const answered = new Promise<void>(resolve => {
      answer = resolve
    })
    const isAsked = new Promise<void>(asked => {
      lookedUp = userId => {
        if (userId === 'bob') asked()
        return answered
      }
    })
    await place.ask('acme', { kind: 'access', subject: 'bob' })
    await isAsked
    shows(alice, { x: 2 })
    shows(bob, { x: 9 })
    // The bus brings it to all nodes at once.
    expect(await shownTo(carol)).toEqual(['alice', ['alice', { x: 2 }]])
    answer()
    bob.subscribe(1, list)
    await bob.hears('caughtUp')
    shows(alice, { x: 3 })
    expect(await shownTo(bob)).toEqual(['alice', ['alice', { x: 3 }]])
    shows(bob, { x: 10 })
    expect(await shownTo(alice)).toEqual(['bob', ['bob', { x: 10 }]])
  })
})

// About what one node does with one slow socket: what comes from elsewhere is passed over in the same place.
describe('presence and a slow client', () => {
  beforeEach(() => start(1))

  it('[S-PRES-5] a slow client does without, and its changes come all the same', async () => {
    const [alice, bob] = [await joined('alice', false), await joined('bob', false)]
    shows(bob, null)
    bob.bufferedBytes = 1
    shows(alice, { x: 1 })
    bob.subscribe(1, list)
    await bob.hears('caughtUp')
    expect(bob.heard.filter(({ type }) => type === 'presence')).toEqual([])
    bob.drain()
    shows(alice, { x: 2 })
    expect(await shownTo(bob)).toEqual(['alice', ['alice', { x: 2 }]])
  })
})
