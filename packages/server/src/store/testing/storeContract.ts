import { collection, defineSchema, type ListQuery, parseQuery, type SchemaDef } from '@tidemark/core'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import type { ShardClaim } from '../ShardTable.js'
import type { CommitBatch, Retention, Store, StoredReplica, WorkspaceCommit } from '../Store.js'
import { docFrom, Ledger, textOf } from './Ledger.js'
import { batchesArbitrary } from './ledgerSteps.js'
import { type StoreUnderTest, storeSchema } from './StoreUnderTest.js'

const owner = { node: 'node-1', address: 'ws://localhost', leaseMs: 5_000 }
const all: ListQuery = parseQuery({})
const tasksA = { collection: 'tasks', id: 'a' }
const tasksB = { collection: 'tasks', id: 'b' }
const row = { title: 'Buy milk', status: 'todo', votes: 0, labels: [] }
const insertA = { kind: 'insert', key: tasksA, values: row } as const
const insertB = { kind: 'insert', key: tasksB, values: row } as const
const typeA = (text: string, isSmall = false) => ({ kind: 'type', key: tasksA, text, isSmall }) as const
const day = 24 * 60 * 60 * 1000
const keepAll: Retention = { logAgeMs: 7 * day, logBytes: 1e9, replicaAgeMs: 365 * day, passingReplicaAgeMs: 7 * day }
const keepNothing: Retention = { ...keepAll, logBytes: 0 }

const replicaOfAlice: StoredReplica = {
  replica: 'replica-of-alice',
  userId: 'alice',
  lastNumber: 7,
  lastStamp: 3_481_600_000_000_000,
  answers: [
    { number: 5, status: 'accepted', result: { tickets: 2 } },
    { number: 7, status: 'rejected', code: 'SOLD_OUT', details: { left: 0 }, message: 'Sold out.' },
  ],
  seenAt: 1_700_000_000_000,
}

/** What every store must do. `setUp` gives an empty place for one test. */
export function storeContract(setUp: () => Promise<StoreUnderTest>): void {
  let place: StoreUnderTest
  let store: Store
  let claim: ShardClaim

  beforeEach(async () => {
    place = await setUp()
    await start()
  })

  afterEach(async () => {
    await store.close()
    await place.remove()
  })

  /** Opens the store, takes shard 0 and opens the workspace `acme` in it. */
  async function start(schema: SchemaDef = storeSchema): Promise<void> {
    store = await place.open(schema)
    claim = (await store.claim([0], owner))[0] as ShardClaim
    await store.open('acme', 0)
  }

  const batchOf = (...workspaces: WorkspaceCommit[]): CommitBatch => ({ epochs: [claim], workspaces })

  async function mustCommit(...workspaces: WorkspaceCommit[]): Promise<void> {
    expect(await store.commit(batchOf(...workspaces))).toEqual({ status: 'committed' })
  }

  /** Everything that a batch could have changed. */
  async function contentOf(workspace: string) {
    return store.read(workspace, {
      records: { kind: 'records', keys: [tasksA, tasksB] },
      list: { kind: 'list', collection: 'tasks', query: all },
      body: { kind: 'body', key: tasksA, after: 0 },
      log: { kind: 'log', after: 0, limit: 1_000 },
      replicas: { kind: 'replicas', replicas: [replicaOfAlice.replica] },
      writers: { kind: 'writers', clientIds: [1, 2] },
    })
  }

  describe('shards and workspaces', () => {
    it('[S-STORE-1] each claim of a shard gets the next epoch of its own', async () => {
      expect(await store.claim([0, 3], owner)).toEqual([
        { shard: 0, epoch: claim.epoch + 1 },
        { shard: 3, epoch: 1 },
      ])
      expect(await store.claim([3], owner)).toEqual([{ shard: 3, epoch: 2 }])
    })

    it('[S-STORE-2] a workspace keeps the shard, the head and the incarnation it was made with', async () => {
      const made = await store.open('other', 0)
      expect(made).toMatchObject({ shard: 0, head: 0, floor: 0 })
      expect(made.incarnation).not.toBe((await store.open('acme', 0)).incarnation)
      await mustCommit(new Ledger('other').batch([insertA, insertB]))
      expect(await store.open('other', 5)).toEqual({ ...made, head: 2 })
    })

    it('a workspace that was never opened reads as empty', async () => {
      expect(await contentOf('nowhere')).toEqual({
        head: 0,
        records: [undefined, undefined],
        list: [],
        body: { state: null, seq: 0, updates: [] },
        log: [],
        replicas: [undefined],
        writers: [undefined, undefined],
      })
    })
  })

  it('[S-STORE-28] says of many workspaces where they stand, and what it knows of a replica in each', async () => {
    await store.open('other', 0)
    const other = { ...replicaOfAlice, userId: 'bob', lastNumber: 1, answers: [] }
    await mustCommit(
      new Ledger('acme').batch([insertA, insertB], { replicas: [replicaOfAlice] }),
      new Ledger('other').batch([insertA], { replicas: [other] }),
    )
    const { replica } = replicaOfAlice
    const places = ['other', 'acme', 'acme', 'nowhere', 'acme', 'acme']
    const replicas = [replica, replica, null, replica, 'another', replica]
    const asked = places.map((workspace, n) => ({ workspace, replica: replicas[n] ?? null }))
    expect(await store.standings(asked)).toEqual([
      { head: 1, known: other },
      { head: 2, known: replicaOfAlice },
      { head: 2, known: undefined },
      { head: 0, known: undefined },
      { head: 2, known: undefined },
      { head: 2, known: replicaOfAlice },
    ])
    expect(await store.standings([])).toEqual([])
  })

  describe('commits', () => {
    it('[S-STORE-3, G1] everything in a committed batch is in every later read', async () => {
      const ledger = new Ledger('acme')
      const writers = [{ clientId: 1, userId: 'alice' }]
      await mustCommit(ledger.batch([insertA, typeA('Hello')], { replicas: [replicaOfAlice], writers }))
      const found = await contentOf('acme')
      expect(found).toMatchObject({
        head: 2,
        records: [ledger.state(tasksA), undefined],
        list: [{ id: 'a', state: ledger.state(tasksA) }],
        log: ledger.changes,
        replicas: [replicaOfAlice],
        writers: ['alice', undefined],
      })
      expect(textOf(found.body.state as Uint8Array)).toBe('Hello')
    })

    it('[S-STORE-3] one batch may hold many workspaces of many shards', async () => {
      const [second] = await store.claim([1], owner)
      await store.open('umbrella', 1)
      const parts = [new Ledger('acme').batch([insertA]), new Ledger('umbrella').batch([insertA, insertB])]
      const outcome = await store.commit({ epochs: [claim, second as ShardClaim], workspaces: parts })
      expect(outcome).toEqual({ status: 'committed' })
      expect((await contentOf('acme')).head).toBe(1)
      expect((await contentOf('umbrella')).head).toBe(2)
    })

    it('[S-STORE-4, G3] a commit under an older epoch is fenced and writes nothing, in no workspace', async () => {
      const [second] = await store.claim([1], owner)
      await store.open('umbrella', 1)
      await store.claim([1], owner)
      const before = [await contentOf('acme'), await contentOf('umbrella')]
      const parts = [
        new Ledger('acme').batch([insertA, typeA('Hello', true)], { replicas: [replicaOfAlice] }),
        new Ledger('umbrella').batch([insertA]),
      ]
      const outcome = await store.commit({ epochs: [claim, second as ShardClaim], workspaces: parts })
      expect(outcome).toEqual({ status: 'fenced', shards: [1] })
      expect([await contentOf('acme'), await contentOf('umbrella')]).toEqual(before)
    })

    it('[S-STORE-4] a batch of fences only tells whether they still hold', async () => {
      expect(await store.commit({ epochs: [claim], workspaces: [] })).toEqual({ status: 'committed' })
      await store.claim([0], owner)
      expect(await store.commit({ epochs: [claim], workspaces: [] })).toEqual({ status: 'fenced', shards: [0] })
    })

    it('[S-STORE-4] a workspace whose shard is not named is fenced', async () => {
      const [other] = await store.claim([1], owner)
      const part = new Ledger('acme').batch([insertA])
      const outcome = await store.commit({ epochs: [other as ShardClaim], workspaces: [part] })
      expect(outcome).toEqual({ status: 'fenced', shards: [0] })
      expect((await contentOf('acme')).head).toBe(0)
    })

    it('[S-STORE-5, G3] a part that does not begin at the head is overtaken, and nothing is written', async () => {
      const ledger = new Ledger('acme')
      const first = ledger.batch([insertA])
      await mustCommit(first)
      const before = await contentOf('acme')
      await store.open('umbrella', 0)
      const other = new Ledger('umbrella').batch([insertA])
      expect(await store.commit(batchOf(other, first))).toEqual({ status: 'overtaken', workspaces: ['acme'] })
      ledger.batch([insertB])
      const early = ledger.batch([{ kind: 'remove', key: tasksA }])
      expect(await store.commit(batchOf(other, early))).toEqual({ status: 'overtaken', workspaces: ['acme'] })
      const answersOnly = { ...first, to: 0, changes: [], records: [], replicas: [replicaOfAlice] }
      expect(await store.commit(batchOf(answersOnly))).toEqual({ status: 'overtaken', workspaces: ['acme'] })
      expect(await contentOf('acme')).toEqual(before)
      expect((await contentOf('umbrella')).head).toBe(0)
    })

    it('[S-STORE-5] answers alone are committed at the head, without moving it', async () => {
      const ledger = new Ledger('acme')
      await mustCommit(ledger.batch([insertA]))
      await mustCommit(ledger.batch([], { replicas: [replicaOfAlice] }))
      expect(await contentOf('acme')).toMatchObject({ head: 1, replicas: [replicaOfAlice] })
    })

    it('[S-STORE-6, G3] a part whose changes do not number every seq is not taken', async () => {
      const part = new Ledger('acme').batch([insertA, insertB])
      await expect(store.commit(batchOf({ ...part, to: 3 }))).rejects.toMatchObject({ code: 'INTERNAL' })
      const swapped = { ...part, changes: [...part.changes].reverse() }
      await expect(store.commit(batchOf(swapped))).rejects.toMatchObject({ code: 'INTERNAL' })
      expect((await contentOf('acme')).head).toBe(0)
    })

    it('[S-STORE-7] content that cannot be stored is refused by the name of its workspace, and nothing is written', async () => {
      await store.open('umbrella', 0)
      const good = new Ledger('umbrella').batch([insertA, typeA('Hello')], { replicas: [replicaOfAlice] })
      const values = { ...row, title: place.unstorable }
      const bad = new Ledger('acme').batch([insertB, { kind: 'insert', key: tasksA, values }])
      const outcome = await store.commit(batchOf(good, bad))
      expect(outcome).toMatchObject({ status: 'refused', workspace: 'acme', reason: expect.any(String) })
      expect((await contentOf('acme')).head).toBe(0)
      expect(await contentOf('umbrella')).toMatchObject({ head: 0, list: [], replicas: [undefined] })
      await mustCommit(good)
    })

    it('[S-STORE-8] what one read finds is of one moment, whatever is committed meanwhile', async () => {
      const ledger = new Ledger('acme')
      await mustCommit(ledger.batch([insertA]))
      const reads = []
      for (let count = 0; count < 30; count++) {
        reads.push(contentOf('acme'))
        const edits = { title: { kind: 'set', value: `Title ${count}` } } as const
        const commit = mustCommit(ledger.batch([{ kind: 'update', key: tasksA, edits }]))
        reads.push(contentOf('acme'))
        await commit
      }
      for (const { head, records, list, log } of await Promise.all(reads)) {
        expect(records[0]?.seq).toBe(head)
        expect(list[0]?.state.seq).toBe(head)
        expect(log).toHaveLength(head)
      }
    })

    it('[S-STORE-3] neither side can change what the other holds', async () => {
      const part = new Ledger('acme').batch([insertA, typeA('Hello', true)])
      await mustCommit(part)
      const [body] = part.bodies
      body?.state.fill(0)
      const first = await contentOf('acme')
      first.body.state?.fill(0)
      for (const update of first.body.updates ?? []) update.fill(0)
      expect(textOf((await contentOf('acme')).body.state as Uint8Array)).toBe('Hello')
    })
  })

  describe('lists', () => {
    it('[S-STORE-9] a list has the standing rows of one collection in its order, from a key on, up to its limit', async () => {
      const ledger = new Ledger('acme')
      const insert = (id: string, title: string) =>
        ({ kind: 'insert', key: { collection: 'tasks', id }, values: { ...row, title } }) as const
      const notes = { kind: 'insert', key: { collection: 'notes', id: 'n' }, values: row } as const
      const steps = [insert('1', 'pear'), insert('2', 'fig'), insert('3', 'apple'), insert('4', 'fig'), notes]
      await mustCommit(ledger.batch([...steps, insert('5', 'gone'), { kind: 'remove', key: { ...tasksA, id: '5' } }]))
      const query = parseQuery({ orderBy: '-title', limit: 2 })
      const found = await store.read('acme', {
        first: { kind: 'list', collection: 'tasks', query },
        next: { kind: 'list', collection: 'tasks', query, after: ['fig', '2'] },
        none: { kind: 'list', collection: 'boards', query },
        count: { kind: 'count', collection: 'tasks', query },
        figs: { kind: 'count', collection: 'tasks', query: parseQuery({ where: { title: 'fig' }, limit: 1 }) },
      })
      expect(found.first.map(({ id }) => id)).toEqual(['1', '2'])
      expect(found.next.map(({ id }) => id)).toEqual(['4', '3'])
      expect(found.next[1]?.state).toEqual(ledger.state({ ...tasksA, id: '3' }))
      expect(found).toMatchObject({ none: [], count: 4, figs: 2 })
    })

    it('[S-STORE-10] a row that is older than a field is found, and sorted, by the default of the field', async () => {
      const ledger = new Ledger('acme')
      await mustCommit(ledger.batch([insertA]))
      await store.close()
      const tasks = { title: z.string(), priority: z.number().default(2), area: z.string().default('home') }
      await start(defineSchema({ version: 2, collections: [collection('tasks', tasks, { indexes: ['priority'] })] }))
      await mustCommit(ledger.batch([{ kind: 'insert', key: tasksB, values: { ...row, priority: 1, area: 'work' } }]))
      const listOf = (query: object) => ({ kind: 'list', collection: 'tasks', query: parseQuery(query) }) as const
      const found = await store.read('acme', {
        equal: listOf({ where: { priority: 2 } }),
        range: listOf({ where: { priority: { lt: 2 }, area: { startsWith: 'w' } } }),
        order: listOf({ orderBy: 'priority' }),
        after: { ...listOf({ orderBy: 'priority' }), after: [1, 'b'] },
        not: { kind: 'count', collection: 'tasks', query: parseQuery({ where: { area: { ne: 'home' } } }) },
      })
      expect(found.equal).toEqual([{ id: 'a', state: ledger.state(tasksA) }])
      expect(found.range.map(({ id }) => id)).toEqual(['b'])
      expect(found.order.map(({ id }) => id)).toEqual(['b', 'a'])
      expect(found.after.map(({ id }) => id)).toEqual(['a'])
      expect(found.not).toBe(1)
    })
  })

  describe('the log', () => {
    it('[S-STORE-11] entries come back as they were committed, from a position on', async () => {
      const ledger = new Ledger('acme')
      const vote = { kind: 'update', key: tasksA, edits: { votes: { kind: 'increment', by: 2 } } } as const
      await mustCommit(ledger.batch([insertA, typeA('Hello'), vote, vote]))
      await mustCommit(ledger.batch([{ kind: 'access', subject: 'bob' }, vote, { kind: 'remove', key: tasksA }]))
      const { part, rest, end } = await store.read('acme', {
        part: { kind: 'log', after: 1, limit: 3 },
        rest: { kind: 'log', after: 4, limit: 100 },
        end: { kind: 'log', after: 7, limit: 100 },
      })
      expect(part).toEqual(ledger.changes.slice(1, 4))
      expect(rest).toEqual(ledger.changes.slice(4))
      expect(end).toEqual([])
    })

    it('[S-STORE-27] it is known whether the rights of a user may have changed after a position', async () => {
      const ledger = new Ledger('acme')
      const rights = (subject: string | null) => ({ kind: 'access', subject }) as const
      await mustCommit(ledger.batch([rights('bob'), insertA, rights('alice'), rights(null), typeA('Hello')]))
      const changed = async (userId: string, after: number) =>
        (await store.read('acme', { access: { kind: 'access', userId, after } })).access
      const answers = async (userId: string) =>
        Promise.all([0, 1, 2, 3, 4, 5].map(position => changed(userId, position)))
      expect(await answers('bob')).toEqual([true, true, true, true, false, false])
      expect(await answers('carol')).toEqual([true, true, true, true, false, false])
      await mustCommit(ledger.batch([rights('alice')]))
      expect([await changed('alice', 5), await changed('bob', 5)]).toEqual([true, false])
      await store.tend(keepNothing, place.clock.nowMs)
      expect([await changed('bob', 5), await changed('bob', 6)]).toEqual([true, false])
    })

    it('[S-STORE-12] changed tells each row at the cursor, after every change since, and now', async () => {
      let run = 0
      const histories = fc.asyncProperty(batchesArbitrary, fc.nat(), async (batches, at) => {
        const workspace = `history-${run++}`
        await store.open(workspace, 0)
        const ledger = new Ledger(workspace)
        for (const steps of batches) await mustCommit(ledger.batch(steps))
        const after = at % (ledger.head + 1)
        const { tasks, notes, one, log } = await store.read(workspace, {
          tasks: { kind: 'changed', collection: 'tasks', after },
          notes: { kind: 'changed', collection: 'notes', after },
          one: { kind: 'changed', collection: 'tasks', id: 'a', after },
          log: { kind: 'log', after, limit: 1_000 },
        })
        expect(tasks).toEqual(ledger.changed('tasks', after))
        expect(notes).toEqual(ledger.changed('notes', after))
        expect(one).toEqual(ledger.changed('tasks', after, 'a'))
        expect(log).toEqual(ledger.changes.slice(after))
      })
      await fc.assert(histories, { numRuns: 150 })
    })
  })

  describe('bodies', () => {
    it('[S-STORE-13] a body holds every update, whether its batch brought the whole state or not', async () => {
      let run = 0
      const histories = fc.asyncProperty(batchesArbitrary, fc.nat(), async (batches, at) => {
        const workspace = `bodies-${run++}`
        await store.open(workspace, 0)
        const ledger = new Ledger(workspace)
        for (const steps of batches) await mustCommit(ledger.batch(steps))
        const after = at % (ledger.head + 1)
        for (const id of ['a', 'b', 'c', 'd']) {
          const key = { collection: 'tasks', id }
          const { body } = await store.read(workspace, { body: { kind: 'body', key, after } })
          const known = ledger.body(key)
          if (known === null) {
            expect(body).toEqual({ state: null, seq: 0, updates: [] })
            continue
          }
          expect(textOf(body.state as Uint8Array)).toBe(known.text)
          expect(body.seq).toBe(known.seqs.at(-1))
          expect(body.updates).toHaveLength(known.seqs.filter(seq => seq > after).length)
          const earlier = ledger.changes.slice(0, after).flatMap(change => {
            return change.kind === 'body' && change.collection === 'tasks' && change.id === id ? [change.update] : []
          })
          expect(textOf(docFrom([...earlier, ...(body.updates ?? [])]))).toBe(known.text)
        }
      })
      await fc.assert(histories, { numRuns: 60 })
    })

    it('[S-STORE-13] updates are not given unless they are asked for', async () => {
      await mustCommit(new Ledger('acme').batch([insertA, typeA('Hello')]))
      const { body } = await store.read('acme', { body: { kind: 'body', key: tasksA } })
      expect(Object.keys(body).sort()).toEqual(['seq', 'state'])
    })

    it('[S-STORE-14] a body goes with its record', async () => {
      const ledger = new Ledger('acme')
      await mustCommit(ledger.batch([insertA, typeA('Hello', true), typeA('again')]))
      await mustCommit(ledger.batch([{ kind: 'remove', key: tasksA }]))
      expect((await contentOf('acme')).body).toEqual({ state: null, seq: 0, updates: [] })
      await store.tend(keepNothing, place.clock.nowMs)
      expect((await contentOf('acme')).body).toEqual({ state: null, seq: 0, updates: [] })
    })
  })

  describe('tending', () => {
    const kinds = {
      log: { kind: 'log', after: 1, limit: 100 },
      tasks: { kind: 'changed', collection: 'tasks', after: 1 },
      body: { kind: 'body', key: tasksA, after: 1 },
    } as const

    it('[S-STORE-15] the log loses its entries by the age of their commit, oldest first', async () => {
      const ledger = new Ledger('acme')
      await mustCommit(ledger.batch([insertA, typeA('old ')]))
      place.clock.nowMs += 3 * day
      await mustCommit(ledger.batch([typeA('new '), insertB]))
      await store.tend(keepAll, place.clock.nowMs + 4 * day)
      expect((await store.open('acme', 0)).floor).toBe(0)
      await store.tend(keepAll, place.clock.nowMs + 4 * day + 1)
      expect(await store.open('acme', 0)).toMatchObject({ floor: 2, head: 4 })
      const cut = await store.read('acme', kinds)
      expect(cut).toMatchObject({ log: 'cut', tasks: 'cut', body: { seq: 3, updates: null } })
      const kept = await store.read('acme', {
        log: { ...kinds.log, after: 2 },
        tasks: { ...kinds.tasks, after: 2 },
        body: { ...kinds.body, after: 2 },
      })
      expect(kept.log).toEqual(ledger.changes.slice(2))
      expect(kept.tasks).toEqual(ledger.changed('tasks', 2))
      expect(kept.body.updates).toHaveLength(1)
      expect(textOf(kept.body.state as Uint8Array)).toBe(ledger.body(tasksA)?.text)
    })

    it('[S-STORE-16] the log of each workspace keeps within its bytes', async () => {
      const ledger = new Ledger('acme')
      await mustCommit(ledger.batch([insertA]))
      for (let count = 0; count < 40; count++) await mustCommit(ledger.batch([typeA('x'.repeat(1_000))]))
      await store.open('umbrella', 0)
      await mustCommit(new Ledger('umbrella').batch([insertA]))
      await store.tend({ ...keepAll, logBytes: 10_000 }, place.clock.nowMs)
      const { floor, head } = await store.open('acme', 0)
      expect(head - floor).toBeGreaterThan(5)
      expect(head - floor).toBeLessThanOrEqual(10)
      expect((await store.open('umbrella', 0)).floor).toBe(0)
    })

    it('[S-STORE-17] bodies, rows and tombstones outlive the log', async () => {
      let run = 0
      const histories = fc.asyncProperty(batchesArbitrary, async batches => {
        const workspace = `cut-${run++}`
        await store.open(workspace, 0)
        const ledger = new Ledger(workspace)
        for (const steps of batches) await mustCommit(ledger.batch(steps))
        await store.tend(keepNothing, place.clock.nowMs)
        expect(await store.open(workspace, 0)).toMatchObject({ floor: ledger.head, head: ledger.head })
        const keys = ['a', 'b', 'c', 'd'].map(id => ({ collection: 'tasks', id }))
        const { records } = await store.read(workspace, { records: { kind: 'records', keys } })
        expect(records).toEqual(keys.map(key => ledger.state(key)))
        for (const key of keys) {
          const { body } = await store.read(workspace, { body: { kind: 'body', key } })
          expect(body.state && textOf(body.state)).toBe(ledger.body(key)?.text ?? null)
        }
      })
      await fc.assert(histories, { numRuns: 30 })
    })

    it('[S-STORE-17] a body that did not change since the cursor needs no log', async () => {
      const ledger = new Ledger('acme')
      await mustCommit(ledger.batch([insertA, typeA('Hello'), insertB]))
      await store.tend(keepNothing, place.clock.nowMs)
      const { body } = await store.read('acme', { body: { ...kinds.body, after: 2 } })
      expect(body).toMatchObject({ seq: 2, updates: [] })
    })

    it('[S-STORE-18] work goes on while the store is tended', async () => {
      const ledger = new Ledger('acme')
      await mustCommit(ledger.batch([insertA]))
      for (let count = 0; count < 20; count++) await mustCommit(ledger.batch([typeA(`${count} `)]))
      const tended = store.tend(keepNothing, place.clock.nowMs)
      for (let count = 20; count < 40; count++) await mustCommit(ledger.batch([typeA(`${count} `, count % 4 === 0)]))
      await tended
      const { body, head } = await contentOf('acme')
      expect(head).toBe(41)
      expect(textOf(body.state as Uint8Array)).toBe(ledger.body(tasksA)?.text)
    })

    it('[S-STORE-19] replicas that were not seen for long are forgotten', async () => {
      const seen = (replica: string, seenAt: number) => ({ ...replicaOfAlice, replica, seenAt })
      const replicas = [seen('old', 1_000), seen('young', 1_000 + day)]
      await mustCommit(new Ledger('acme').batch([], { replicas }))
      await store.tend({ ...keepAll, replicaAgeMs: day }, 1_000 + day + 1)
      const found = await store.read('acme', { replicas: { kind: 'replicas', replicas: ['old', 'young'] } })
      expect(found.replicas).toEqual([undefined, replicas[1]])
    })

    it('[S-STORE-19] those of connections and requests are forgotten sooner, those of listeners never', async () => {
      const names = ['alice', 'door:1', 'http:1', 'key:1', 'listener:mail', 'door', 'listener']
      const replicas = names.map(replica => ({ ...replicaOfAlice, replica, seenAt: 1_000 }))
      await mustCommit(new Ledger('acme').batch([], { replicas }))
      const left = async (afterMs: number) => {
        await store.tend({ ...keepAll, replicaAgeMs: 9 * day, passingReplicaAgeMs: day }, 1_000 + afterMs)
        const found = await store.read('acme', { replicas: { kind: 'replicas', replicas: names } })
        return found.replicas.map(replica => replica?.replica).filter(Boolean)
      }
      expect(await left(day)).toEqual(names)
      expect(await left(day + 1)).toEqual(['alice', 'listener:mail', 'door', 'listener'])
      expect(await left(9 * day + 1)).toEqual(['listener:mail'])
    })
  })

  describe('opening again', () => {
    it('[S-STORE-20, G1] everything is there after a restart, and old epochs stay refused', async () => {
      const ledger = new Ledger('acme')
      const writers = [{ clientId: 2 ** 32 - 1, userId: 'alice' }]
      await mustCommit(ledger.batch([insertA, typeA('Hello')], { replicas: [replicaOfAlice], writers }))
      const before = await contentOf('acme')
      const old = claim
      await store.close()
      await start()
      expect(claim.epoch).toBeGreaterThan(old.epoch)
      expect(await contentOf('acme')).toEqual(before)
      expect(await store.commit({ epochs: [old], workspaces: [] })).toEqual({ status: 'fenced', shards: [0] })
      await mustCommit(ledger.batch([insertB]))
    })

    it('[S-STORE-21] a field that changed its kind is refused, also when it was away in between', async () => {
      await store.close()
      const without = defineSchema({ version: 2, collections: [collection('tasks', { title: z.string() })] })
      await start(without)
      await store.close()
      const changed = defineSchema({ version: 3, collections: [collection('tasks', { votes: z.number() })] })
      await expect(place.open(changed)).rejects.toMatchObject({
        code: 'INVALID_SCHEMA',
        message: expect.stringContaining('tasks.votes'),
      })
      await start()
    })

    it('a closed store answers CLOSED', async () => {
      await store.close()
      await expect(contentOf('acme')).rejects.toMatchObject({ code: 'CLOSED' })
      await expect(store.commit(batchOf())).rejects.toMatchObject({ code: 'CLOSED' })
      await start()
    })
  })
}
