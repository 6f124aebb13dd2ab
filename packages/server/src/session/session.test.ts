import { collection, command, counter, decided, defineSchema, set, text } from '@tidemark/core'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { placeStarter, type TestPlace } from '../testing/testPlace.js'
import { topologies } from '../testing/topologies.js'
import { WireClient } from '../testing/WireClient.js'

const tasks = collection(
  'tasks',
  {
    title: z.string(),
    status: z.enum(['todo', 'done']).default('todo'),
    votes: counter(),
    labels: set(z.string()),
    owner: decided(z.string().nullable().default(null)),
    notes: text(),
  },
  { indexes: ['status'] },
)
const schema = defineSchema({ version: 1, collections: [tasks] })
const claim = command('tasks.claim', {
  input: z.object({ id: z.string() }),
  rejections: { TAKEN: z.object({ by: z.string() }) },
  run(tx, { id }, { userId, reject }) {
    const row = tx.get(tasks, id)
    if (!row) return reject('NOT_FOUND')
    if (row.owner !== null) return reject('TAKEN', { by: row.owner })
    tx.update(tasks, id, { owner: userId })
    return { at: id }
  },
})

const todo = { kind: 'list', collection: 'tasks', where: { status: 'todo' }, orderBy: ['title'], limit: null } as const
const insert = (id: string, values: object = {}) =>
  ({ kind: 'write', write: { op: 'insert', collection: 'tasks', id, values: { title: id, ...values } } }) as const
const update = (id: string, patch: object) =>
  ({ kind: 'write', write: { op: 'update', collection: 'tasks', id, patch: patch as never } }) as const

async function connected(userId: string, place: TestPlace) {
  const client = new WireClient(place, userId)
  await client.hello('acme', place.schema.hash)
  return client
}

describe.each(topologies)('a session at $topology', ({ nodeCount }) => {
  const startPlace = placeStarter(nodeCount)

  it('[G5] serves a new list whole and says up to where', async () => {
    const place = await startPlace({ schema })
    const alice = await connected('alice', place)
    await place.ask('acme', insert('a'))
    await place.ask('acme', insert('b', { status: 'done' }))
    alice.subscribe(1, todo)
    const part = await alice.hears('snapshot')
    expect(part.items.map(item => 'id' in item && item.id)).toEqual(['a'])
    expect(await alice.hears('caughtUp')).toMatchObject({ seq: 2, subscriptions: [{ subId: 1, bound: null }] })
  })

  it('[G8] tells a change to those who watch it, with the answer in its author’s own stream', async () => {
    const place = await startPlace({ schema })
    const [alice, bob] = [await connected('alice', place), await connected('bob', place)]
    for (const client of [alice, bob]) {
      client.subscribe(1, todo)
      await client.hears('caughtUp')
    }
    alice.push(insert('a', { labels: ['x'] }))
    const own = await alice.hears('changes')
    const others = await bob.hears('changes')
    expect(own.chunks.map(chunk => chunk.kind)).toEqual(['row', 'enter', 'answers'])
    expect(others.chunks.map(chunk => chunk.kind)).toEqual(['row', 'enter'])
    bob.push(update('a', { status: 'done', votes: { increment: 2 } }))
    expect((await alice.hears('changes')).chunks.map(chunk => chunk.kind)).toEqual(['leave'])
    const answer = (await bob.hears('changes')).chunks.at(-1)
    expect(answer).toEqual({ kind: 'answers', answers: [{ number: 1, status: 'accepted' }] })
  })

  it('[G9] serves a return from the log: what changed, what entered and what left', async () => {
    const place = await startPlace({ schema })
    for (const id of ['a', 'b', 'c']) await place.ask('acme', insert(id))
    const alice = await connected('alice', place)
    alice.subscribe(1, todo)
    const { seq, subscriptions } = await alice.hears('caughtUp')
    alice.disconnect()
    await place.ask('acme', update('a', { title: 'a2' }))
    await place.ask('acme', update('b', { status: 'done' }))
    await place.ask('acme', insert('d'))
    const again = await connected('alice', place)
    const { viewHash } = subscriptions[0] ?? { viewHash: '' }
    again.subscribe(1, todo, { cursor: seq, viewHash, bound: null, count: 3, held: null })
    const { items } = await again.hears('snapshot')
    expect(items).toMatchObject([
      { kind: 'patch', id: 'a', values: { title: 'a2' } },
      { kind: 'leave', id: 'b', removed: false },
      { kind: 'row', id: 'd' },
    ])
  })

  it('[G9] sends a record that several subscriptions lack once', async () => {
    const place = await startPlace({ schema })
    await place.ask('acme', insert('a'))
    const record = { kind: 'record', collection: 'tasks', id: 'a' } as const
    const alice = await connected('alice', place)
    alice.say({
      type: 'subscribe',
      subscriptions: [
        { subId: 1, target: todo, resume: null },
        { subId: 2, target: record, resume: null },
      ],
    })
    const whole = [await alice.hears('snapshot'), await alice.hears('snapshot')]
    expect(whole.map(part => part.items[0]?.kind)).toEqual(['row', 'covered'])
    const { seq, subscriptions } = await alice.hears('caughtUp')
    alice.disconnect()
    await place.ask('acme', update('a', { title: 'a2' }))
    const again = await connected('alice', place)
    const resume = subscriptions.map(({ viewHash }) => ({ cursor: seq, viewHash, bound: null, count: 1, held: null }))
    again.say({
      type: 'subscribe',
      subscriptions: [
        { subId: 1, target: todo, resume: resume[0] ?? null },
        { subId: 2, target: record, resume: resume[1] ?? null },
      ],
    })
    expect((await again.hears('caughtUp')).subscriptions).toHaveLength(2)
    expect(again.heard.filter(({ type }) => type === 'snapshot')).toMatchObject([
      { subId: 1, items: [{ kind: 'patch' }] },
    ])
  })

  it('[G7] a repeated command is answered from its stored result', async () => {
    const place = await startPlace({ schema, commands: [claim] })
    await place.ask('acme', insert('a'))
    const alice = await connected('alice', place)
    alice.subscribe(1, todo)
    await alice.hears('caughtUp')
    const call = { kind: 'command', name: 'tasks.claim', input: { id: 'a' }, queuedAt: 0 } as const
    alice.push(call, 1)
    const first = (await alice.hears('changes')).chunks.at(-1)
    expect(first).toEqual({ kind: 'answers', answers: [{ number: 1, status: 'accepted', result: { at: 'a' } }] })
    alice.push(call, 1)
    expect((await alice.hears('changes')).chunks).toEqual([first])
    alice.push(call, 2)
    expect((await alice.hears('changes')).chunks).toMatchObject([
      { answers: [{ number: 2, status: 'rejected', code: 'TAKEN', details: { by: 'alice' } }] },
    ])
  })

  it('[G7] closes a session whose mutation comes before the one it follows', async () => {
    const place = await startPlace({ schema })
    const alice = await connected('alice', place)
    alice.push(insert('b'), 2)
    expect(await alice.closed()).toMatchObject({ reason: 'OUT_OF_ORDER' })
  })

  it('[G7] gives a returning replica the answers it lacks once it is caught up', async () => {
    const place = await startPlace({ schema })
    const alice = await connected('alice', place)
    alice.push(insert('a'), 1)
    alice.push(insert('a'), 2)
    await place.ask('acme', insert('z'))
    alice.disconnect()
    const again = new WireClient(place, 'alice')
    expect(await again.hello('acme', place.schema.hash)).toMatchObject({ lastNumber: 2 })
    again.subscribe(1, todo)
    await again.hears('caughtUp')
    expect((await again.hears('changes')).chunks).toMatchObject([
      {
        answers: [
          { number: 1, status: 'accepted' },
          { number: 2, status: 'rejected', code: 'EXISTS' },
        ],
      },
    ])
  })
})
