import {
  collection,
  defineSchema,
  type Envelope,
  openCollection,
  protocolVersion,
  schemaModelOf,
  text,
} from '@tidemark/core'
import { describe, expect, it } from 'vitest'
import * as Y from 'yjs'
import { z } from 'zod'
import type { Rules } from '../access/Access.js'
import { changesOf } from '../bus/Bus.js'
import { InProcessBus } from '../bus/InProcessBus.js'
import type { NodeCore } from '../NodeCore.js'
import { memory } from '../store/memory/MemoryStore.js'
import { testNode } from '../testing/testNode.js'
import { placeStarter, type TestPlace } from '../testing/testPlace.js'
import { topologies } from '../testing/topologies.js'
import { WireClient } from '../testing/WireClient.js'

const tasks = collection('tasks', {
  title: z.string(),
  owner: z.string(),
  done: z.boolean().default(false),
  notes: text(),
})
const schema = defineSchema({ version: 1, collections: [tasks] })
const all = { kind: 'list', collection: 'tasks', where: {}, orderBy: ['title'], limit: null } as const

/** Everybody reads their own tasks, and those who are in `readers` read all. */
function rulesFor(readers: Set<string>, members = new Set(['alice', 'bob', 'carol'])): Partial<Rules> {
  return {
    workspace: user => (members.has(user.userId) ? 'write' : 'none'),
    collections: {
      tasks: {
        read: user => (readers.has(user.userId) ? 'all' : tasks.where({ owner: user.userId })),
        write: (_user, write) => {
          const { fields } = write as { fields: readonly string[] }
          return fields.includes('owner') ? { refuse: ['owner'], reason: 'owners stay' } : true
        },
      },
    },
  }
}

async function connected(place: TestPlace, userId: string): Promise<WireClient> {
  const client = new WireClient(place, userId)
  await client.hello('acme', place.schema.hash)
  return client
}

const insert = (id: string, owner: string, title = id) =>
  ({ kind: 'write', write: { op: 'insert', collection: 'tasks', id, values: { title, owner } } }) as const
const update = (id: string, patch: object) =>
  ({ kind: 'write', write: { op: 'update', collection: 'tasks', id, patch: patch as never } }) as const

const contains = (client: WireClient, marker: string) => client.bytes.some(bytes => Buffer.from(bytes).includes(marker))

describe.each(topologies)('rights at $topology', ({ nodeCount }) => {
  const startPlace = placeStarter(nodeCount)

  it('[G11] no byte of a hidden record reaches a session, live or in a catch-up', async () => {
    const place = await startPlace({ schema, rules: rulesFor(new Set()) })
    const bob = await connected(place, 'bob')
    bob.subscribe(1, all)
    await bob.hears('caughtUp')
    await place.ask('acme', insert('hidden-id', 'alice', 'SECRET-4711'))
    await place.ask('acme', update('hidden-id', { title: 'SECRET-4712' }))
    await place.ask('acme', insert('t', 'bob'))
    expect((await bob.hears('changes')).chunks).toMatchObject([{ kind: 'row', id: 't' }, { kind: 'enter' }])
    const late = await connected(place, 'bob')
    late.subscribe(1, all)
    await late.hears('caughtUp')
    for (const client of [bob, late]) {
      expect(contains(client, 'SECRET-47')).toBe(false)
      expect(contains(client, 'hidden-id')).toBe(false)
    }
  })

  it('[G11] a record that moves out of a read rule leaves, and what it becomes is not told', async () => {
    const place = await startPlace({ schema, rules: rulesFor(new Set()) })
    await place.ask('acme', insert('t', 'bob'))
    const bob = await connected(place, 'bob')
    bob.subscribe(1, all)
    await bob.hears('caughtUp')
    await place.ask('acme', update('t', { owner: 'alice', title: 'SECRET-1' }))
    expect((await bob.hears('changes')).chunks).toMatchObject([{ kind: 'leave', id: 't' }])
    expect(contains(bob, 'SECRET-1')).toBe(false)
  })

  it('[G11] rights that change outside take effect at a seq: the view is reconciled and told nothing meanwhile', async () => {
    const readers = new Set(['bob'])
    const place = await startPlace({ schema, rules: rulesFor(readers) })
    await place.ask('acme', insert('a', 'alice'))
    await place.ask('acme', insert('b', 'bob'))
    const bob = await connected(place, 'bob')
    bob.subscribe(1, all)
    const { seq, subscriptions } = await bob.hears('caughtUp')
    readers.delete('bob')
    await place.ask('acme', { kind: 'access', subject: 'bob' })
    await place.ask('acme', update('a', { title: 'SECRET-2' }))
    expect(await bob.hears('reconcile')).toMatchObject({ subId: 1, reason: 'access' })
    const { viewHash } = subscriptions[0] ?? { viewHash: '' }
    const held = new Uint8Array(0)
    bob.heard.length = 0
    bob.subscribe(1, all, { cursor: seq, viewHash, bound: null, count: 2, held })
    expect((await bob.hears('snapshot')).items).toMatchObject([{ kind: 'row', id: 'b' }])
    expect(contains(bob, 'SECRET-2')).toBe(false)
  })

  it('[S-SOCK-9] rights that change in the middle of a long catch-up end it, and the next one comes', async () => {
    const readers = new Set(['bob'])
    const place = await startPlace({ schema, rules: rulesFor(readers) })
    const titled = (index: number) => `${index} ${'x'.repeat(1_000)}`
    for (let index = 0; index < 200; index++) await place.ask('acme', insert(`t${index}`, 'alice', titled(index)))
    const bob = await connected(place, 'bob')
    bob.subscribe(1, all)
    await bob.hears('snapshot')
    readers.delete('bob')
    await place.ask('acme', { kind: 'access', subject: 'bob' })
    await place.ask('acme', update('t0', { title: 'SECRET-6' }))
    expect(await bob.hears('reconcile')).toMatchObject({ reason: 'access' })
    await place.ask('acme', insert('b', 'bob'))
    bob.subscribe(1, all)
    await bob.hears('caughtUp')
    expect(contains(bob, 'SECRET-6')).toBe(false)
  })

  it('[S-SOCK-9] rights that change while a client is greeted do not take its welcome away', async () => {
    const place = await startPlace({ schema, rules: rulesFor(new Set()) })
    for (let round = 0; round < 20; round++) {
      const bob = new WireClient(place, 'bob', `bob-${round}`)
      const changes = Array.from({ length: round }, () => place.ask('acme', { kind: 'access', subject: 'bob' }))
      await Promise.all([bob.hello('acme', place.schema.hash), ...changes])
      bob.subscribe(1, all)
      await bob.hears('caughtUp')
    }
  })

  it('[G11] a cursor of another view is never served from the log', async () => {
    const readers = new Set(['bob'])
    const place = await startPlace({ schema, rules: rulesFor(readers) })
    const bob = await connected(place, 'bob')
    bob.subscribe(1, all)
    const { seq, subscriptions } = await bob.hears('caughtUp')
    bob.disconnect()
    readers.delete('bob')
    await place.ask('acme', insert('a', 'alice', 'SECRET-3'))
    const again = await connected(place, 'bob')
    const { viewHash } = subscriptions[0] ?? { viewHash: '' }
    again.subscribe(1, all, { cursor: seq, viewHash, bound: null, count: 0, held: null })
    expect(await again.hears('reconcile')).toMatchObject({ reason: 'access' })
    expect(contains(again, 'SECRET-3')).toBe(false)
  })

  it('[G11] rights that change while a session is being greeted are asked for again', async () => {
    let release = (): void => {}
    const isHeld = new Promise<void>(resolve => {
      release = resolve
    })
    const roles = ['write', 'none'] as const
    let asked = 0
    const workspace = async () => {
      const role = roles[asked++] ?? 'none'
      if (asked === 1) await isHeld
      return role
    }
    const place = await startPlace({ schema, rules: { workspace } })
    await place.ask('acme', insert('a', 'alice'))
    const bob = new WireClient(place, 'bob')
    const greeted = bob.hello('acme', place.schema.hash)
    await place.ask('acme', { kind: 'access', subject: 'bob' })
    release()
    await greeted
    expect(await bob.closed()).toMatchObject({ reason: 'FORBIDDEN' })
  })

  it('[G11] what is subscribed to while rights are asked for again is not served by the rights before', async () => {
    const readers = new Set(['bob'])
    let asked = 0
    let isAskedAgain = (): void => {}
    let release = (): void => {}
    const askedAgain = new Promise<void>(resolve => {
      isAskedAgain = resolve
    })
    const isHeld = new Promise<void>(resolve => {
      release = resolve
    })
    const workspace = async (user: { readonly userId: string }) => {
      if (user.userId === 'bob' && ++asked === 2) {
        isAskedAgain()
        await isHeld
      }
      return 'write' as const
    }
    const place = await startPlace({ schema, rules: { ...rulesFor(readers), workspace } })
    const bob = await connected(place, 'bob')
    bob.subscribe(1, all)
    await bob.hears('caughtUp')
    const gone = place.ask('acme', { kind: 'access', subject: 'bob' })
    await askedAgain
    bob.subscribe(2, { ...all, where: { done: false } })
    readers.delete('bob')
    await Promise.all([gone, place.ask('acme', insert('a', 'alice', 'SECRET-9'))])
    bob.heard.length = 0
    release()
    expect(await bob.hears('reconcile')).toMatchObject({ subId: 1, reason: 'access' })
    expect(await bob.hears('reconcile')).toMatchObject({ subId: 2, reason: 'access' })
    await place.ask('acme', insert('b', 'bob'))
    bob.subscribe(2, { ...all, where: { done: false } })
    expect((await bob.hears('snapshot')).items).toMatchObject([{ kind: 'row', id: 'b' }])
    expect(contains(bob, 'SECRET-9')).toBe(false)
  })

  it('[S-SESS-1] closes the sessions of a user who lost the workspace', async () => {
    const members = new Set(['alice', 'bob'])
    const place = await startPlace({ schema, rules: rulesFor(new Set(), members) })
    const bob = await connected(place, 'bob')
    members.delete('bob')
    await place.ask('acme', { kind: 'access', subject: null })
    expect(await bob.closed()).toMatchObject({ reason: 'FORBIDDEN' })
    const again = new WireClient(place, 'bob')
    again.say({ ...(await helloOf(again, place)) })
    expect(await again.closed()).toMatchObject({ code: 4403 })
  })

  it('[S-AUTH-1] refuses the named fields of an edit and commits the others in the same step', async () => {
    const place = await startPlace({ schema, rules: rulesFor(new Set()) })
    await place.ask('acme', insert('t', 'bob'))
    const bob = await connected(place, 'bob')
    bob.subscribe(1, all)
    await bob.hears('caughtUp')
    bob.push(update('t', { owner: 'alice', title: 'mine' }))
    expect((await bob.hears('changes')).chunks).toMatchObject([
      { kind: 'patch', id: 't', values: { title: 'mine' } },
      { answers: [{ number: 1, status: 'accepted', refused: { fields: ['owner'], reason: 'owners stay' } }] },
    ])
    bob.push({ kind: 'batch', writes: [update('t', { title: 'x' }).write, update('t', { owner: 'alice' }).write] })
    expect((await bob.hears('changes')).chunks).toMatchObject([{ answers: [{ status: 'rejected', code: 'DENIED' }] }])
  })

  it('[G11] a writer cannot tell a hidden record from one that is not there', async () => {
    const place = await startPlace({ schema, rules: rulesFor(new Set()) })
    await place.ask('acme', insert('hidden', 'alice'))
    const bob = await connected(place, 'bob')
    bob.subscribe(1, all)
    await bob.hears('caughtUp')
    const answers: string[] = []
    for (const id of ['hidden', 'nowhere']) {
      bob.push(update(id, { title: 'x' }))
      const { chunks } = await bob.hears('changes')
      answers.push(
        JSON.stringify(chunks)
          .replaceAll(id, '?')
          .replace(/"number":\d+/, ''),
      )
    }
    expect(answers[0]).toEqual(answers[1])
  })
})

describe.each(topologies)('bodies under rights at $topology', ({ nodeCount }) => {
  const startPlace = placeStarter(nodeCount)

  it('[G11] who may not write a page of an open collection cannot tell a hidden one from none', async () => {
    const pages = openCollection('pages')
    const rules = { collections: { pages: { read: () => 'none' as const, write: () => 'not yours' } } }
    const place = await startPlace({ schema: defineSchema({ version: 1, collections: [pages] }), rules })
    const doc = new Y.Doc()
    doc.getMap('shapes').set('a', 1)
    const page = (id: string) =>
      ({ kind: 'body', collection: 'pages', id, update: Y.encodeStateAsUpdate(doc) }) as const
    await place.ask('acme', page('hidden'))
    const bob = await connected(place, 'bob')
    bob.subscribe(1, { kind: 'body', collection: 'pages', id: 'hidden' })
    await bob.hears('caughtUp')
    for (const id of ['hidden', 'nowhere']) {
      bob.push(page(id))
      expect((await bob.hears('changes')).chunks).toMatchObject([
        { answers: [{ code: 'DENIED', message: 'not yours' }] },
      ])
    }
  })

  const body = { kind: 'body', collection: 'tasks', id: 't' } as const

  it('[G11] text that was typed and deleted while the reader had no rights is in no catch-up, whatever the rights are now', async () => {
    const readers = new Set(['bob'])
    const place = await startPlace({ schema, rules: rulesFor(readers) })
    await place.ask('acme', insert('t', 'alice'))
    const doc = new Y.Doc()
    const updates: Uint8Array[] = []
    doc.on('update', (update: Uint8Array) => updates.push(update))
    const type = async (edit: (notes: Y.Text) => void) => {
      edit(doc.getText('notes'))
      for (const update of updates.splice(0))
        await place.ask('acme', { kind: 'body', collection: 'tasks', id: 't', update })
    }
    const allow = async (isAllowed: boolean) => {
      if (isAllowed) readers.add('bob')
      else readers.delete('bob')
      await place.ask('acme', { kind: 'access', subject: 'bob' })
    }
    await type(notes => notes.insert(0, 'hello'))
    const bob = await connected(place, 'bob')
    bob.subscribe(1, body)
    const { seq, subscriptions } = await bob.hears('caughtUp')
    bob.disconnect()
    await allow(false)
    await type(notes => notes.insert(0, 'SECRET-5'))
    await type(notes => notes.delete(0, 8))
    await allow(true)
    const again = await connected(place, 'bob')
    const resume = { cursor: seq, viewHash: subscriptions[0]?.viewHash ?? '', bound: null, count: 1, held: null }
    again.subscribe(1, body, resume)
    expect(await again.hears('reconcile')).toMatchObject({ reason: 'cut' })
    again.subscribe(1, body, { ...resume, held: Y.encodeStateVector(doc) })
    await again.hears('caughtUp')
    expect(contains(again, 'SECRET-5')).toBe(false)
  })

  it('[G11] text that was typed and deleted while the record was hidden is in no catch-up', async () => {
    const place = await startPlace({ schema, rules: rulesFor(new Set()) })
    await place.ask('acme', insert('t', 'bob'))
    const doc = new Y.Doc()
    const updates: Uint8Array[] = []
    doc.on('update', (update: Uint8Array) => updates.push(update))
    const type = async (edit: (notes: Y.Text) => void) => {
      edit(doc.getText('notes'))
      for (const update of updates.splice(0))
        await place.ask('acme', { kind: 'body', collection: 'tasks', id: 't', update })
    }
    await type(notes => notes.insert(0, 'hello'))
    const bob = await connected(place, 'bob')
    bob.subscribe(1, body)
    const { seq, subscriptions } = await bob.hears('caughtUp')
    bob.disconnect()
    await place.ask('acme', update('t', { owner: 'alice' }))
    await type(notes => notes.insert(5, 'SECRET-5'))
    await type(notes => notes.delete(5, 8))
    await place.ask('acme', update('t', { owner: 'bob' }))
    await type(notes => notes.insert(5, ' again'))
    const again = await connected(place, 'bob')
    const { viewHash } = subscriptions[0] ?? { viewHash: '' }
    again.subscribe(1, body, { cursor: seq, viewHash, bound: null, count: 0, held: null })
    expect(await again.hears('reconcile')).toMatchObject({ reason: 'cut' })
    const mine = new Y.Doc()
    again.subscribe(1, body, { cursor: seq, viewHash, bound: null, count: 0, held: Y.encodeStateVector(mine) })
    const [item] = (await again.hears('snapshot')).items
    Y.applyUpdate(mine, (item as { bytes: Uint8Array }).bytes)
    expect(mine.getText('notes').toString()).toBe('hello again')
    expect(contains(again, 'SECRET-5')).toBe(false)
  })

  it('[G11] a body whose record goes out of sight is told no more, and comes back whole', async () => {
    const place = await startPlace({ schema, rules: rulesFor(new Set()) })
    await place.ask('acme', insert('t', 'bob'))
    const bob = await connected(place, 'bob')
    bob.subscribe(1, body)
    await bob.hears('caughtUp')
    const doc = new Y.Doc()
    doc.getText('notes').insert(0, 'SECRET-6')
    await place.ask('acme', update('t', { owner: 'alice' }))
    expect((await bob.hears('changes')).chunks).toMatchObject([{ kind: 'leave', id: 't' }])
    await place.ask('acme', { kind: 'body', collection: 'tasks', id: 't', update: Y.encodeStateAsUpdate(doc) })
    bob.push({ kind: 'void' })
    expect((await bob.hears('changes')).chunks).toMatchObject([{ kind: 'answers' }])
    expect(contains(bob, 'SECRET-6')).toBe(false)
    await place.ask('acme', update('t', { owner: 'bob' }))
    expect((await bob.hears('snapshot')).items).toMatchObject([{ kind: 'bodyState' }])
    expect(contains(bob, 'SECRET-6')).toBe(true)
  })
})

// Of two nodes without a bus between them one hears of what the other commits what it is told here.
describe('[G11] [S-STORM-1] what others were told a moment ago', () => {
  const setUp = async () => {
    const readers = new Set(['alice'])
    const store = await memory().open(schemaModelOf(schema))
    const options = { schema, store, rules: rulesFor(readers) }
    const bus = new InProcessBus()
    const committed: Envelope[] = []
    bus.subscribe(changesOf('acme'), envelope => committed.push(envelope))
    const [deaf, owner] = [await testNode(options), await testNode({ ...options, bus })]
    const removeThenLetIn = async (userId: string): Promise<void> => {
      await owner.ask('acme', { kind: 'write', write: { op: 'remove', collection: 'tasks', id: 't' } })
      readers.add(userId)
      await owner.ask('acme', { kind: 'access', subject: userId })
    }
    return { deaf, owner, committed, removeThenLetIn }
  }
  const readsAll = async (node: NodeCore, userId: string): Promise<WireClient> => {
    const client = new WireClient(node, userId)
    await client.hello()
    client.subscribe(1, all)
    await client.hears('snapshot')
    await client.hears('caughtUp')
    return client
  }

  it('is not told to who comes with rights that are newer', async () => {
    const { deaf, owner, removeThenLetIn } = await setUp()
    await owner.ask('acme', insert('t', 'carol', 'SECRET-7'))
    expect(contains(await readsAll(deaf, 'alice'), 'SECRET-7')).toBe(true)
    await removeThenLetIn('bob')
    const bob = new WireClient(deaf, 'bob')
    await bob.hello()
    bob.subscribe(1, all)
    expect((await bob.hears('snapshot')).items).toEqual([])
    expect(contains(bob, 'SECRET-7')).toBe(false)
  })

  it('is not told to who is here when its rights are newer', async () => {
    const { deaf, owner, committed, removeThenLetIn } = await setUp()
    await owner.ask('acme', insert('t', 'carol', 'SECRET-8'))
    const bob = await readsAll(deaf, 'bob')
    // Answers come with the last of what it lacks, and are read for it alone.
    bob.subscribe(2, { ...all, where: { done: true } })
    await bob.hears('snapshot')
    await owner.ask('acme', { kind: 'access', subject: 'bob' })
    const alice = new WireClient(deaf, 'alice')
    await alice.hello()
    alice.subscribe(1, all)
    await alice.hears('snapshot')
    await removeThenLetIn('bob')
    const heard = committed.find(({ changes }) => changes.some(({ kind }) => kind === 'access'))
    deaf.gateways.committedHere(heard as Envelope)
    await bob.hears('reconcile')
    bob.subscribe(1, all)
    expect((await bob.hears('snapshot')).items).toEqual([])
    expect(contains(bob, 'SECRET-8')).toBe(false)
  })
})

async function helloOf(client: WireClient, place: TestPlace) {
  const { userId, replica } = client
  const { hash: schemaHash } = place.schema
  return {
    type: 'hello',
    protocol: protocolVersion,
    schemaHash,
    workspace: 'acme',
    userId,
    token: userId,
    replica,
    answered: 0,
  } as const
}
