import { collection, defineSchema } from '@tidemark/core'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { placeStarter } from '../testing/testPlace.js'
import { topologies } from '../testing/topologies.js'
import { WireClient } from '../testing/WireClient.js'

const notes = collection('notes', { title: z.string() })
const schema = defineSchema({ version: 1, collections: [notes] })
const list = { kind: 'list', collection: 'notes', where: {}, orderBy: ['title'], limit: null } as const
const insert = (id: string, title: string) =>
  ({ kind: 'write', write: { op: 'insert', collection: 'notes', id, values: { title } } }) as const

describe.each(topologies)('a client that reads slowly at $topology', ({ nodeCount }) => {
  const startPlace = placeStarter(nodeCount)

  it('[G10] becomes a dirty set beyond the bound and resumes from its cursors', async () => {
    const place = await startPlace({ schema, limits: { queuedBytesPerSession: 20_000 } })
    const slow = new WireClient(place, 'alice')
    await slow.hello('acme', place.schema.hash)
    slow.subscribe(1, list)
    await slow.hears('snapshot')
    const { seq, subscriptions } = await slow.hears('caughtUp')
    slow.bufferedBytes = 1 << 20
    for (let i = 0; i < 20; i++) await place.ask('acme', insert(`n${i}`, 'x'.repeat(2_000)))
    expect(slow.heard.filter(({ type }) => type === 'changes')).toEqual([])
    slow.drain()
    expect(await slow.hears('reconcile')).toMatchObject({ subId: 1, reason: 'behind' })
    const { viewHash } = subscriptions[0] ?? { viewHash: '' }
    slow.subscribe(1, list, { cursor: seq, viewHash, bound: null, count: 0, held: null })
    const { items } = await slow.hears('snapshot')
    expect(items.map(item => item.kind)).toEqual(Array(20).fill('row'))
    await place.ask('acme', insert('last', 'y'))
    expect((await slow.hears('changes')).chunks).toMatchObject([{ kind: 'row', id: 'last' }, { kind: 'enter' }])
  })

  it('[G10] pulls a large list part by part', async () => {
    const place = await startPlace({ schema })
    for (let i = 0; i < 200; i++) await place.ask('acme', insert(`n${i}`, 'x'.repeat(2_000)))
    const slow = new WireClient(place, 'alice')
    await slow.hello('acme', place.schema.hash)
    slow.bufferedBytes = 70_000
    slow.subscribe(1, list)
    const seen: number[] = []
    for (let total = 0; total < 200; ) {
      await new Promise(resolve => setImmediate(resolve))
      slow.drain()
      const part = await slow.hears('snapshot')
      slow.bufferedBytes = 70_000
      seen.push(part.items.length)
      total += part.items.length
    }
    expect(seen.length).toBeGreaterThan(5)
    slow.drain()
    expect(await slow.hears('caughtUp')).toMatchObject({ seq: 200 })
  })

  it('[L1, S-SOCK-4] is caught up however many answers it missed, for these are no live frames', async () => {
    const place = await startPlace({ schema, limits: { queuedBytesPerSession: 50 } })
    const before = new WireClient(place, 'alice', 'again')
    await before.hello('acme', place.schema.hash)
    const mutations = Array.from({ length: 50 }, (_, i) => {
      return { number: i + 1, writeId: `${i}A`.padStart(22, 'A'), stamp: 0, seen: 0, mutation: insert(`n${i}`, 'x') }
    })
    before.say({ type: 'subscribe', subscriptions: [] })
    before.say({ type: 'push', answered: 0, mutations })
    await before.hears('changes')
    before.disconnect()
    const alice = new WireClient(place, 'alice', 'again')
    await alice.hello('acme', place.schema.hash)
    alice.subscribe(1, { kind: 'record', collection: 'notes', id: 'other' })
    await alice.hears('caughtUp')
    const [answers] = (await alice.hears('changes')).chunks
    expect(answers?.kind === 'answers' && answers.answers.length).toBe(50)
  })

  it.each(['door:x', 'http:x', 'key:x', 'listener:x'])('[S-SESS-3] no client is %s', async replica => {
    const place = await startPlace({ schema })
    const alice = new WireClient(place, 'alice', replica)
    const welcome = alice.hello('acme', place.schema.hash)
    await expect(welcome).rejects.toThrow('BAD_FRAME')
    expect(await alice.closed()).toMatchObject({ code: 4400 })
  })

  it('[S-SESS-2] closes a session that says nonsense, and no other', async () => {
    const place = await startPlace({ schema })
    const [bad, good] = [new WireClient(place, 'bob'), new WireClient(place, 'alice')]
    await good.hello('acme', place.schema.hash)
    bad.say({ type: 'ping' })
    expect(await bad.closed()).toMatchObject({ code: 4400, reason: 'BAD_FRAME' })
    good.subscribe(1, list)
    await good.hears('caughtUp')
    expect(good.closedWith).toBeNull()
  })
})
