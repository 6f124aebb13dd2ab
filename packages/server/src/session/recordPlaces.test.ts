import { collection, defineSchema, text, type WatchTarget } from '@tidemark/core'
import { beforeEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { heardMeanwhile, shownTo, shows } from '../testing/shownStates.js'
import { userOfToken } from '../testing/testNode.js'
import { placeStarter, type TestPlace } from '../testing/testPlace.js'
import { topologies } from '../testing/topologies.js'
import { WireClient } from '../testing/WireClient.js'

const tasks = collection('tasks', { title: z.string(), owner: z.string(), notes: text() })
const schema = defineSchema({ version: 1, collections: [tasks] })
const record = { kind: 'record', collection: 'tasks', id: 't1' } as const
const atTask = 'presence/cursors/record/tasks/t1'

let place: TestPlace
/** Those who read all tasks; others read their own. */
let trusted: Set<string>
/** Whoever is looked up waits for it. */
let lookedUp: (userId: string | null) => Promise<void>

beforeEach(() => {
  trusted = new Set(['alice', 'carol'])
  lookedUp = async () => undefined
})

async function start(nodeCount: number, owner = 'bob'): Promise<void> {
  place = await placeStarter(nodeCount)({
    schema,
    limits: { queuedBytesPerSession: 20_000 },
    authenticate: async (token, headers) => {
      await lookedUp(token)
      return userOfToken(token, headers)
    },
    rules: {
      collections: {
        tasks: { read: ({ userId }) => (trusted.has(userId) ? 'all' : tasks.where({ owner: userId })) },
      },
    },
  })
  const values = { title: 'a', owner }
  await place.ask('acme', { kind: 'write', write: { op: 'insert', collection: 'tasks', id: 't1', values } })
}

const changed = (patch: { readonly owner?: string; readonly title?: string }) =>
  place.ask('acme', { kind: 'write', write: { op: 'update', collection: 'tasks', id: 't1', patch } })

const ownedBy = (owner: string) => changed({ owner })

async function joined(user: string, target: WatchTarget | null = record): Promise<WireClient> {
  const client = new WireClient(place, user)
  await client.hello('acme', place.schema.hash)
  client.say({ type: 'subscribe', subscriptions: target === null ? [] : [{ subId: 1, target, resume: null }] })
  if (target !== null) await client.hears('caughtUp')
  return client
}

const allThree = async () => [await joined('alice'), await joined('bob'), await joined('carol')] as const

/** Alice shows something there, carol looks, and so does bob, who is told of it. */
async function allThere() {
  const [alice, bob, carol] = await allThree()
  for (const client of [bob, carol]) shows(client, null, atTask)
  shows(alice, { x: 1 }, atTask)
  for (const client of [bob, carol]) expect(await shownTo(client)).toEqual(['alice', ['alice', { x: 1 }]])
  shows(bob, { x: 5 }, atTask)
  for (const client of [alice, carol]) expect(await shownTo(client)).toEqual(['bob', ['bob', { x: 5 }]])
  return { alice, bob, carol }
}

const bobIsGone = ['bob', ['bob', null]]

describe.each(topologies)('presence at the place of a record at $topology', ({ nodeCount }) => {
  it('[S-PRES-10, G11] is for those who watch the record and may read it, from when they may', async () => {
    await start(nodeCount, 'alice')
    const [alice, bob, carol] = await allThree()
    const dave = await joined('dave', null)
    for (const client of [bob, dave]) shows(client, null, atTask)
    shows(alice, { x: 1 }, atTask)
    for (const client of [bob, dave]) shows(client, { x: 9 }, atTask)
    shows(carol, null, atTask)
    expect(await shownTo(carol)).toEqual(['alice', ['alice', { x: 1 }]])
    expect(await heardMeanwhile(alice, bob, carol, dave)).toEqual([])
    await ownedBy('bob')
    await bob.hears('changes')
    shows(bob, { x: 2 }, atTask)
    expect(await shownTo(bob)).toEqual(['alice', ['alice', { x: 1 }]])
    expect(await shownTo(alice)).toEqual(['bob', ['bob', { x: 2 }]])
  })

  it('[S-PRES-10, G11] is not for anybody where the record never was', async () => {
    await start(nodeCount)
    const nowhere = 'presence/cursors/record/tasks/nowhere'
    const target = { ...record, id: 'nowhere' }
    const [alice, carol] = [await joined('alice', target), await joined('carol', target)]
    for (const client of [alice, carol]) shows(client, { x: 1 }, nowhere)
    expect(await heardMeanwhile(alice, carol)).toEqual([])
  })

  it('[S-PRES-11, G11] ends at once for who may not read the record any more, and comes back with the right', async () => {
    await start(nodeCount)
    const { alice, bob, carol } = await allThere()
    await ownedBy('alice')
    for (const client of [alice, carol]) expect(await shownTo(client)).toEqual(bobIsGone)
    expect((await bob.hears('changes')).chunks).toMatchObject([{ kind: 'leave' }])
    shows(alice, { x: 2 }, atTask)
    shows(bob, { x: 6 }, atTask)
    expect(await shownTo(carol)).toEqual(['alice', ['alice', { x: 2 }]])
    expect(await heardMeanwhile(alice, bob, carol)).toEqual([])
    await ownedBy('bob')
    await bob.hears('changes')
    shows(bob, { x: 7 }, atTask)
    expect(await shownTo(bob)).toEqual(['alice', ['alice', { x: 2 }]])
    for (const client of [alice, carol]) expect(await shownTo(client)).toEqual(['bob', ['bob', { x: 7 }]])
  })

  it('[S-PRES-11, G11] ends for all with the record, and nobody is told who was there', async () => {
    await start(nodeCount)
    const { alice, bob, carol } = await allThere()
    await place.ask('acme', { kind: 'write', write: { op: 'remove', collection: 'tasks', id: 't1' } })
    // A node may hear from another one that its sessions are gone before it hears why: what is told until then is no news.
    for (const client of [alice, bob, carol]) while ((await client.next()).type !== 'changes');
    for (const client of [alice, bob, carol]) shows(client, { x: 9 }, atTask)
    expect(await heardMeanwhile(alice, bob, carol)).toEqual([])
  })

  it('[S-PRES-11, G11] ends while rights are looked at again, and for good where they shrink', async () => {
    trusted.add('bob')
    await start(nodeCount, 'alice')
    const { alice, bob, carol } = await allThere()
    let answer = (): void => undefined
    const answered = new Promise<void>(resolve => {
      answer = resolve
    })
    lookedUp = () => answered
    trusted.delete('bob')
    await place.ask('acme', { kind: 'access', subject: 'bob' })
    for (const client of [alice, carol]) expect(await shownTo(client)).toEqual(bobIsGone)
    shows(alice, { x: 2 }, atTask)
    shows(bob, { x: 6 }, atTask)
    expect(await shownTo(carol)).toEqual(['alice', ['alice', { x: 2 }]])
    answer()
    expect(await bob.hears('reconcile')).toMatchObject({ reason: 'access' })
    shows(bob, { x: 7 }, atTask)
    expect(await heardMeanwhile(alice, bob, carol)).toEqual([])
    bob.subscribe(1, record)
    await bob.hears('caughtUp')
    shows(bob, { x: 8 }, atTask)
    expect(await heardMeanwhile(alice, bob, carol)).toEqual([])
  })

  it('[S-PRES-11] goes on where they are as before, once the record is subscribed to again', async () => {
    await start(nodeCount)
    const { alice, bob, carol } = await allThere()
    await place.ask('acme', { kind: 'access', subject: 'bob' })
    for (const client of [alice, carol]) expect(await shownTo(client)).toEqual(bobIsGone)
    await bob.hears('reconcile')
    bob.subscribe(1, record)
    await bob.hears('caughtUp')
    shows(bob, { x: 6 }, atTask)
    expect(await shownTo(bob)).toEqual(['alice', ['alice', { x: 1 }]])
    for (const client of [alice, carol]) expect(await shownTo(client)).toEqual(['bob', ['bob', { x: 6 }]])
  })

  it('[S-PRES-11] ends for who lags behind the changes, until it has caught up', async () => {
    await start(nodeCount)
    const { alice, bob, carol } = await allThere()
    bob.bufferedBytes = 1 << 20
    for (const letter of 'abcde') await changed({ title: letter.repeat(5_000) })
    for (const client of [alice, carol]) expect(await shownTo(client)).toEqual(bobIsGone)
    bob.drain()
    expect(await bob.hears('reconcile')).toMatchObject({ reason: 'behind' })
    shows(bob, { x: 6 }, atTask)
    bob.subscribe(1, record)
    await bob.hears('caughtUp')
    shows(bob, { x: 7 }, atTask)
    for (const client of [alice, carol]) expect(await shownTo(client)).toEqual(['bob', ['bob', { x: 7 }]])
  })

  it('[S-PRES-11] ends with the subscription of the record', async () => {
    await start(nodeCount)
    const { alice, bob, carol } = await allThere()
    bob.say({ type: 'unsubscribe', subIds: [1] })
    for (const client of [alice, carol]) expect(await shownTo(client)).toEqual(bobIsGone)
    shows(alice, { x: 2 }, atTask)
    shows(bob, { x: 6 }, atTask)
    expect(await shownTo(carol)).toEqual(['alice', ['alice', { x: 2 }]])
    expect(await heardMeanwhile(alice, bob, carol)).toEqual([])
  })
})

describe.each(topologies)('[S-PRES-10, G11] a client that may not read a record at $topology', ({ nodeCount }) => {
  /** Alice shows something that carol sees; bob tries; then alice moves, and nobody but carol has heard of anything. */
  async function bobTries(tries: (bob: WireClient) => Promise<void> | void, owner = 'alice'): Promise<void> {
    await start(nodeCount, owner)
    const [alice, carol, bob] = [await joined('alice'), await joined('carol'), await joined('bob', null)]
    shows(carol, null, atTask)
    shows(alice, { x: 1 }, atTask)
    await shownTo(carol)
    await tries(bob)
    for (const state of [null, { x: 9 }]) shows(bob, state, atTask)
    shows(alice, { x: 2 }, atTask)
    expect(await shownTo(carol)).toEqual(['alice', ['alice', { x: 2 }]])
    expect(await heardMeanwhile(alice, bob, carol)).toEqual([])
  }

  it('gets nowhere by what else it subscribes to', () =>
    bobTries(async bob => {
      const own = { op: 'insert', collection: 'tasks', id: 'own', values: { title: 'b', owner: 'bob' } } as const
      await place.ask('acme', { kind: 'write', write: own })
      const query = { collection: 'tasks', where: { id: 't1' } }
      const targets: readonly WatchTarget[] = [
        record,
        { ...record, id: 'own' },
        { kind: 'body', collection: 'tasks', id: 't1' },
        { kind: 'list', ...query, orderBy: [], limit: null },
        { kind: 'count', ...query },
      ]
      for (const [index, target] of targets.entries()) {
        bob.subscribe(index + 1, target)
        await bob.hears('caughtUp')
      }
    }))

  it('gets nowhere by what it says to hold', () =>
    bobTries(async bob => {
      bob.subscribe(1, record)
      const { seq, subscriptions } = await bob.hears('caughtUp')
      const viewHash = subscriptions[0]?.viewHash ?? ''
      const resume = { cursor: seq, viewHash, bound: null, count: 1 }
      for (const held of [new Uint8Array(8), null]) {
        bob.subscribe(1, record, { ...resume, held })
        await bob.hears('caughtUp')
      }
    }))

  it('does not stay by a window that the record is not in', () =>
    bobTries(async bob => {
      bob.subscribe(1, record)
      const { seq, subscriptions } = await bob.hears('caughtUp')
      const viewHash = subscriptions[0]?.viewHash ?? ''
      bob.subscribe(1, record, { cursor: seq, viewHash, bound: ['a'], count: 1, held: null })
      await bob.hears('caughtUp')
      await ownedBy('alice')
      bob.push({ kind: 'void' })
      await bob.hears('changes')
    }, 'bob'))

  it('gets nowhere by other names of the place', () =>
    bobTries(bob => {
      const names = [
        'presence//record/tasks/t1',
        'presence/cursors/record/tasks//t1',
        'presence/cursors/record/tasks/t1/',
      ]
      const others = ['presence/cursors/room/record/tasks/t1', 'presence/x/../cursors/record/tasks/t1', 'body/tasks/t1']
      for (const scope of [...names, ...others]) for (const state of [null, { x: 9 }]) shows(bob, state, scope)
    }))
})
