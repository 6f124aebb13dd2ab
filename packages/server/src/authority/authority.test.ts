import { collection, command, decided, defineSchema } from '@tidemark/core'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import type { Limits } from '../limits.js'
import type { CommitBatch, CommitOutcome, Store } from '../store/Store.js'
import { placeStarter } from '../testing/testPlace.js'
import { topologies } from '../testing/topologies.js'
import { WireClient } from '../testing/WireClient.js'

const seats = collection('seats', { row: z.number(), owner: decided(z.string().nullable().default(null)) })
const schema = defineSchema({ version: 1, collections: [seats] })
const list = { kind: 'list', collection: 'seats', where: {}, orderBy: ['row'], limit: null } as const
const insert = (id: string, row = 1) =>
  ({ kind: 'write', write: { op: 'insert', collection: 'seats', id, values: { row } } }) as const

/** The first free seat by row, found by a list: what two buyers of one tick must not both get. */
const takeFirst = command('seats.takeFirst', {
  input: z.object({}),
  rejections: { SOLD_OUT: null },
  run(tx, _input, { userId, reject }) {
    const [seat] = tx.list(seats, { where: { owner: null }, orderBy: 'row', limit: 1 })
    if (!seat) return reject('SOLD_OUT')
    tx.update(seats, seat.id, { owner: userId })
    return { seat: seat.id }
  },
})

/** Makes commits and reads of stores fail in the ways a store fails. */
class Failures {
  readonly outcomes: ('unknownBefore' | 'unknownAfter' | 'refused' | 'fenced' | 'overtaken')[] = []
  commits: CommitBatch[] = []
  release: (() => void) | null = null
  isHeld = false
  /** So many of the next reads fail. */
  failingReads = 0
  failedReads = 0

  happenTo(store: Store): void {
    const [read, commit] = [store.read.bind(store), store.commit.bind(store)]
    store.read = (workspace, reads) => {
      this.mayFail()
      return read(workspace, reads)
    }
    store.commit = batch => this.commit(commit, batch)
  }

  mayFail(): void {
    if (this.failingReads === 0) return
    this.failingReads--
    this.failedReads++
    throw new Error('the connection broke')
  }

  async commit(commit: Store['commit'], batch: CommitBatch): Promise<CommitOutcome> {
    this.commits.push(batch)
    if (this.isHeld) await new Promise<void>(resolve => (this.release = resolve))
    const outcome = this.outcomes.shift()
    const workspace = batch.workspaces[0]?.workspace ?? ''
    switch (outcome) {
      case undefined:
        return commit(batch)
      case 'unknownAfter':
        await commit(batch)
        return { status: 'unknown', error: new Error('the connection broke') }
      case 'unknownBefore':
        return { status: 'unknown', error: new Error('the connection broke') }
      case 'refused':
        return { status: 'refused', workspace, reason: 'it is too large' }
      case 'fenced':
        return { status: 'fenced', shards: batch.epochs.map(({ shard }) => shard) }
      case 'overtaken':
        return { status: 'overtaken', workspaces: [workspace] }
    }
  }
}

async function setUp(nodeCount: number, limits: Partial<Limits> = {}) {
  const control = new Failures()
  const place = await placeStarter(nodeCount)({ schema, commands: [takeFirst], limits })
  for (const { store } of place.nodes) control.happenTo(store)
  const client = async (userId: string) => {
    const wire = new WireClient(place, userId)
    await wire.hello('acme', place.schema.hash)
    wire.subscribe(1, list)
    await wire.hears('snapshot')
    await wire.hears('caughtUp')
    return wire
  }
  return { place, control, client, store: place.store }
}

const answersIn = (chunks: readonly object[]) =>
  chunks.flatMap(chunk => ('answers' in chunk ? (chunk.answers as { number: number; status: string }[]) : []))

describe.each(topologies)('an authority at $topology', ({ nodeCount }) => {
  it('[G1] tells nothing of a batch before it is committed', async () => {
    const { control, client } = await setUp(nodeCount)
    const alice = await client('alice')
    control.isHeld = true
    alice.push(insert('a'))
    alice.push(insert('a'))
    while (control.release === null) await new Promise(resolve => setImmediate(resolve))
    alice.push(insert('b'))
    expect(alice.heard.filter(({ type }) => type === 'changes')).toEqual([])
    control.isHeld = false
    control.release()
    expect(answersIn((await alice.hears('changes')).chunks)).toMatchObject([
      { number: 1, status: 'accepted' },
      { number: 2, status: 'rejected', code: 'EXISTS' },
    ])
  })

  it.each(['unknownBefore', 'unknownAfter', 'fenced', 'overtaken'] as const)(
    '[G7] [G3] decides anew after a commit that is %s, once and with one answer',
    async outcome => {
      const { control, client, store } = await setUp(nodeCount)
      const alice = await client('alice')
      control.outcomes.push(outcome)
      alice.push(insert('a'))
      alice.push(insert('a'))
      const answers: object[] = []
      const rows: string[] = []
      while (answers.length < 2) {
        const message = alice.heard.shift()
        if (message === undefined) await new Promise(resolve => setImmediate(resolve))
        else if (message.type === 'reconcile') alice.subscribe(1, list)
        else if (message.type === 'snapshot') rows.push(...message.items.map(item => ('id' in item ? item.id : '')))
        else if (message.type === 'changes') {
          answers.push(...answersIn(message.chunks))
          rows.push(...message.chunks.flatMap(chunk => (chunk.kind === 'row' ? [chunk.id] : [])))
        }
      }
      expect(answers).toMatchObject([
        { number: 1, status: 'accepted' },
        { number: 2, status: 'rejected', code: 'EXISTS' },
      ])
      expect(rows).toEqual(['a'])
      const { log } = await store.read('acme', { log: { kind: 'log', after: 0, limit: 10 } })
      expect(log).toMatchObject([{ seq: 1, kind: 'insert', id: 'a' }])
    },
  )

  it('[G3] resolves an unknown commit by a new epoch', async () => {
    const { control, client } = await setUp(nodeCount)
    const alice = await client('alice')
    alice.push(insert('a'))
    await alice.hears('changes')
    control.outcomes.push('unknownAfter')
    alice.push(insert('b'))
    await alice.hears('reconcile')
    alice.subscribe(1, list)
    await alice.hears('changes')
    alice.push(insert('c'))
    await alice.hears('changes')
    const epochs = control.commits.map(({ epochs }) => epochs[0]?.epoch ?? 0)
    expect(epochs.at(-1)).toBeGreaterThan(epochs[0] as number)
  })

  it('[S-AUTH-5] reads again what could not be read, while what was decided before is committed', async () => {
    const { place, control } = await setUp(nodeCount)
    control.isHeld = true
    const first = place.ask('acme', insert('a'))
    while (control.release === null) await new Promise(resolve => setImmediate(resolve))
    control.failingReads = 2
    const second = place.ask('acme', insert('b'))
    while (control.failedReads < 2) await new Promise(resolve => setImmediate(resolve))
    control.isHeld = false
    control.release()
    expect(await first).toMatchObject({ status: 'accepted', seq: 1 })
    expect(await second).toMatchObject({ status: 'accepted', seq: 2 })
    expect(control.commits).toHaveLength(2)
  })

  it('[S-AUTH-2] answers INVALID what the store cannot hold, and commits the rest', async () => {
    const { control, client } = await setUp(nodeCount)
    const alice = await client('alice')
    control.outcomes.push('refused', 'refused')
    alice.push(insert('a'))
    alice.push(insert('b'))
    const answers: object[] = []
    while (answers.length < 2) answers.push(...answersIn((await alice.hears('changes')).chunks))
    expect(answers).toMatchObject([
      { number: 1, status: 'rejected', code: 'INVALID' },
      { number: 2, status: 'accepted' },
    ])
  })

  it('[G12] two buyers of one tick never get the same seat: lists see what was decided before', async () => {
    const { place, client } = await setUp(nodeCount)
    await place.ask('acme', insert('s1', 1))
    await place.ask('acme', insert('s2', 2))
    const buyers = await Promise.all(['alice', 'bob', 'carol'].map(client))
    for (const buyer of buyers)
      buyer.push({ kind: 'command', name: 'seats.takeFirst', input: {}, queuedAt: Date.now() })
    const outcomes: unknown[] = []
    for (const buyer of buyers) {
      let answers: object[] = []
      while (answers.length === 0) answers = answersIn((await buyer.hears('changes')).chunks)
      const [answer] = answers as { status: string; result?: unknown; code?: string }[]
      outcomes.push(answer?.result ?? answer?.code)
    }
    expect(outcomes).toHaveLength(3)
    expect(outcomes).toEqual(expect.arrayContaining([{ seat: 's1' }, { seat: 's2' }, 'SOLD_OUT']))
  })
})

// A function goes to no other node, memory is each node's own, and what a second owner did is put into the store by hand.
describe('an authority at its own node', () => {
  it('[G3] [S-AUTH-6] does not call out of order what only its memory lacks, when the shard was elsewhere meanwhile', async () => {
    const { client, store, control } = await setUp(1)
    const alice = await client('alice')
    alice.push(insert('a'))
    await alice.hears('changes')
    const [claim] = await store.claim([0], { node: 'other', address: '', leaseMs: 0 })
    const [batch] = control.commits
    const [first] = batch?.workspaces ?? []
    const replicas = first?.replicas.map(replica => ({ ...replica, lastNumber: 2 })) ?? []
    const second = { workspace: 'acme', from: 1, to: 1, changes: [], records: [], bodies: [], replicas, writers: [] }
    const outcome = await store.commit({ epochs: claim === undefined ? [] : [claim], workspaces: [second] })
    expect(outcome.status).toBe('committed')
    alice.push(insert('c'), 3)
    let answers = answersIn((await alice.hears('changes')).chunks)
    while (answers.length === 0) answers = answersIn((await alice.hears('changes')).chunks)
    expect(answers.at(-1)).toMatchObject({ number: 3, status: 'accepted' })
  })

  it('[S-AUTH-3] a command that inserts many records reads them in one go, and still meets those that are there', async () => {
    const { place, control } = await setUp(1)
    const insertMany = (from: number) =>
      ({
        kind: 'inline',
        command: command('many', {
          input: z.null(),
          run(tx) {
            for (let i = from; i < from + 2_000; i++) tx.insert(seats, { id: `s${i}`, row: i })
          },
        }),
      }) as const
    expect(await place.ask('acme', insertMany(0))).toMatchObject({ status: 'accepted', seq: 2_000 })
    expect(control.commits).toHaveLength(1)
    expect(await place.ask('acme', insertMany(1_999))).toMatchObject({ status: 'rejected', code: 'EXISTS' })
  })

  it('[G10] keeps a bounded number of workspaces in memory, and loses nothing of those it forgets', async () => {
    const { place } = await setUp(1, { hotWorkspaces: 2 })
    for (const round of [1, 2]) {
      for (const workspace of ['a', 'b', 'c', 'd']) {
        expect(await place.ask(workspace, insert(`s${round}`))).toMatchObject({ status: 'accepted', seq: round })
      }
    }
    expect(place.nodes[0]?.authorities.workspaceCount).toBeLessThanOrEqual(2)
  })
})
