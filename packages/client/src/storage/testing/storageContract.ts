import * as fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { maxOutcomeBytes, maxOutcomes } from '../latestOutcomes.js'
import type { OutboxEntry, ReplicaStorage, RowKey, StoredRow } from '../ReplicaStorage.js'
import { batchOf, bodyUpdateOf, outcomeOf, rejectionOf, rowOf, updateOf, writeIdOf } from './samples.js'

/** Where one replica lives. Opening it again is what a reload or another tab does. */
export interface StoragePlace {
  open(): ReplicaStorage
  leave?(): Promise<void>
}

const byKey = (rows: readonly StoredRow[]) =>
  rows.map(row => ({ ...row, views: [...row.views].sort() })).sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1))
const keyOf = ({ collection, id }: RowKey) => JSON.stringify([collection, id])
const numbersOf = (entries: readonly OutboxEntry[]) => entries.map(entry => entry.number)

/** What every `ReplicaStorage` does, whatever it is made of. */
export function storageContract(name: string, newPlace: () => StoragePlace | Promise<StoragePlace>): void {
  describe(`${name} keeps the storage contract`, () => {
    let place: StoragePlace
    let storage: ReplicaStorage
    const opened: ReplicaStorage[] = []
    const openAgain = () => {
      const again = place.open()
      opened.push(again)
      return again
    }

    beforeEach(async () => {
      place = await newPlace()
      storage = openAgain()
    })
    afterEach(async () => {
      await Promise.all(opened.splice(0).map(each => each.close()))
      await place.leave?.()
    })

    it('[CL-STORE-1] a new replica has a name of its own, and keeps it', async () => {
      const { meta, outbox, inbox, subscriptions } = await storage.open()
      expect(meta.replica).toMatch(/^.{10,}$/)
      expect(meta).toMatchObject({ lastNumber: 0, sentNumber: 0, answeredNumber: 0, version: 0, extra: {} })
      expect([outbox, inbox, subscriptions]).toEqual([[], [], []])
      expect((await openAgain().open()).meta).toEqual(meta)
    })

    it('[CL-STORE-1] tabs that open a new place at once agree on one replica', async () => {
      const replicas = await Promise.all([storage, openAgain(), openAgain()].map(tab => tab.open()))
      expect(new Set(replicas.map(replica => replica.meta.replica)).size).toBe(1)
    })

    it('[CL-STORE-2] rows come by the views that cover them, each once, and with the version they are of', async () => {
      await storage.open()
      const rows = [rowOf('a', ['v1']), rowOf('b', ['v1', 'v2']), rowOf('c', ['v2']), rowOf('d', [])]
      await storage.apply(batchOf(1, { rows }))
      const read = await storage.rows({ views: ['v1', 'v2'] })
      expect(byKey(read.rows)).toEqual(rows.slice(0, 3))
      expect(read.version).toBe(1)
      expect(byKey((await storage.rows({ views: ['v2'] })).rows)).toEqual(rows.slice(1, 3))
      expect((await storage.rows({ views: [] })).rows).toEqual([])
    })

    it('[CL-STORE-2] rows come by key, those that are there', async () => {
      await storage.open()
      const other = rowOf('a', ['v1'], 'a', 'pages')
      await storage.apply(batchOf(1, { rows: [rowOf('a', ['v1']), rowOf('b', []), other] }))
      const keys = [
        { collection: 'tasks', id: 'b' },
        { collection: 'pages', id: 'a' },
        { collection: 'pages', id: 'b' },
      ]
      expect(byKey((await storage.rows({ keys })).rows)).toEqual([other, rowOf('b', [])])
    })

    it('[CL-STORE-2] rows read by view and key equal those of a plain map, after any batches and in every tab', async () => {
      const id = fc.stringMatching(/^[a-d]{1,3}$/)
      const title = fc.oneof(fc.string({ maxLength: 8 }), fc.constant('long '.repeat(2_000)))
      const row = fc
        .record({ collection: fc.constantFrom('pages', 'tasks'), id, title, views: fc.subarray(['v1', 'v2', 'v3']) })
        .map(({ collection, id, title, views }) => rowOf(id, views, title, collection))
      const key = fc.record({ collection: fc.constantFrom('pages', 'tasks'), id })
      const batch = fc.record({
        rows: fc.uniqueArray(row, { selector: keyOf, maxLength: 30 }),
        droppedRows: fc.uniqueArray(key, { selector: keyOf, maxLength: 12 }),
        inOther: fc.boolean(),
      })
      const other = openAgain()
      await Promise.all([storage.open(), other.open()])
      let version = 0
      await fc.assert(
        fc.asyncProperty(fc.array(batch, { maxLength: 8 }), async batches => {
          const known = (await storage.rows({ views: ['v1', 'v2', 'v3'] })).rows
          await storage.apply(batchOf(++version, { droppedRows: known }))
          const model = new Map<string, StoredRow>()
          for (const { rows, droppedRows, inOther } of batches) {
            const kept = droppedRows.filter(dropped => !rows.some(put => keyOf(put) === keyOf(dropped)))
            const covered = rows.map(put => (put.views.length === 0 ? { ...put, views: ['v1'] } : put))
            await (inOther ? other : storage).apply(batchOf(++version, { rows: covered, droppedRows: kept }))
            for (const dropped of kept) model.delete(keyOf(dropped))
            for (const put of covered) model.set(keyOf(put), put)
          }
          const all = [...model.values()]
          expect(byKey((await storage.rows({ keys: all })).rows)).toEqual(byKey(all))
          for (const views of [['v1'], ['v2'], ['v1', 'v3']]) {
            const covered = all.filter(put => put.views.some(view => views.includes(view)))
            expect(byKey((await other.rows({ views })).rows)).toEqual(byKey(covered))
          }
        }),
        { numRuns: 25 },
      )
    })

    it('[CL-STORE-2] ten thousand rows come back whole', async () => {
      await storage.open()
      const rows = Array.from({ length: 10_000 }, (_, i) => rowOf(`id${i}`, [i % 100 === 0 ? 'few' : 'many']))
      await storage.apply(batchOf(1, { rows }))
      const again = openAgain()
      await again.open()
      expect(byKey((await again.rows({ views: ['few', 'many'] })).rows)).toEqual(byKey(rows))
      expect((await again.rows({ views: ['few'] })).rows).toHaveLength(100)
    })

    it('[CL-STORE-3] a batch brings rows, bodies, cursors, answers, rejections and meta together', async () => {
      await storage.open()
      const [first, second] = await storage.enqueue([{ entry: updateOf('one') }, { entry: updateOf('two') }])
      const subscription = {
        key: 'k1',
        viewHash: 'h',
        cursor: 9,
        liveIn: 3,
        bound: ['x', null, 1, true],
        count: 4,
        lastResult: ['a'],
      }
      const body = { collection: 'tasks', id: 'a', state: new Uint8Array([1, 2, 3]) }
      const rejection = rejectionOf(second!)
      await storage.apply(
        batchOf(1, {
          rows: [rowOf('a', ['k1'])],
          bodies: [body],
          subscriptions: [subscription],
          settled: [first!.number, second!.number],
          rejections: [rejection],
          outcomes: [outcomeOf('one')],
          meta: { incarnation: 'i1', epoch: 5, answeredNumber: 2, live: { serial: 3, cursor: 9 }, extra: { k: [1] } },
        }),
      )
      const again = openAgain()
      const stored = await again.open()
      expect(stored.subscriptions).toEqual([subscription])
      expect(stored.inbox).toEqual([rejection])
      expect(stored.outcomes).toEqual([outcomeOf('one')])
      expect(stored.outbox).toEqual([])
      expect(stored.meta).toMatchObject({ version: 1, incarnation: 'i1', epoch: 5, answeredNumber: 2, lastNumber: 2 })
      expect(stored.meta).toMatchObject({ live: { serial: 3, cursor: 9 }, extra: { k: [1] } })
      expect(await again.body(body)).toEqual(body)
      expect((await again.rows({ views: ['k1'] })).rows).toEqual([rowOf('a', ['k1'])])
    })

    it('[CL-STORE-3] what a batch drops is gone, and what it does not name stays', async () => {
      await storage.open()
      const bodies = ['a', 'b'].map(id => ({ collection: 'tasks', id, state: new Uint8Array([1]) }))
      const subscriptions = ['k1', 'k2'].map(key => ({ key, viewHash: 'h', cursor: 1, bound: null }))
      const rows = [rowOf('a', ['k1']), rowOf('b', ['k1'])]
      await storage.apply(batchOf(1, { bodies, subscriptions, rows, meta: { epoch: 2 } }))
      await storage.apply(
        batchOf(2, { droppedBodies: [bodies[0]!], droppedSubscriptions: ['k1'], droppedRows: [rows[0]!] }),
      )
      const again = openAgain()
      const stored = await again.open()
      expect(stored.meta).toMatchObject({ version: 2, epoch: 2 })
      expect(stored.subscriptions).toEqual([subscriptions[1]])
      expect(await again.body(bodies[0]!)).toBeUndefined()
      expect(await again.body(bodies[1]!)).toEqual(bodies[1])
      expect((await again.rows({ views: ['k1'] })).rows).toEqual([rows[1]])
    })

    it('[CL-STORE-4] [G7] numbers go 1, 2, 3 … in the order of the calls, whichever tab they come from', async () => {
      const other = openAgain()
      await Promise.all([storage.open(), other.open()])
      const calls = Array.from({ length: 40 }, (_, i) =>
        (i % 3 === 0 ? other : storage).enqueue([
          { entry: updateOf(`${i}a`, { title: `${i}` }) },
          { entry: updateOf(`${i}b`) },
        ]),
      )
      const numbered = await Promise.all(calls)
      expect(numbersOf(numbered.flat()).sort((a, b) => a - b)).toEqual(Array.from({ length: 80 }, (_, i) => i + 1))
      for (const [first, second] of numbered) expect(second!.number).toBe(first!.number + 1)
      const ofStorage = numbered.filter((_, i) => i % 3 !== 0).flat()
      expect(numbersOf(ofStorage)).toEqual(numbersOf(ofStorage).sort((a, b) => a - b))
      const stored = await openAgain().open()
      expect(stored.outbox).toEqual([...numbered.flat()].sort((a, b) => a.number - b.number))
      expect(stored.meta.lastNumber).toBe(80)
    })

    it('[CL-STORE-4] a number is not given out again when its entry is settled', async () => {
      await storage.open()
      await storage.enqueue([{ entry: updateOf('one') }])
      await storage.apply(batchOf(1, { settled: [1] }))
      const [second] = await storage.enqueue([{ entry: updateOf('two') }])
      expect(second!.number).toBe(2)
    })

    it('[CL-STORE-4] bytes of a body update come back as they were', async () => {
      await storage.open()
      const frame = new Uint8Array(1_000).map((_, i) => i)
      await storage.enqueue([{ entry: bodyUpdateOf('body', frame.subarray(10, 20)) }])
      const { outbox } = await openAgain().open()
      expect(outbox[0]!.mutation).toMatchObject({ kind: 'body', update: frame.slice(10, 20) })
    })

    it('[CL-STORE-5] an edit takes the place of an unsent one', async () => {
      await storage.open()
      await storage.enqueue([{ entry: updateOf('one') }, { entry: updateOf('two') }])
      const merged = updateOf('one', { title: 'both' })
      const absorbing = { entry: updateOf('three'), absorbInto: { number: 1, merged } }
      const [absorbed, next] = await storage.enqueue([absorbing, { entry: updateOf('four') }])
      expect(absorbed).toEqual({ ...merged, number: 1, isSent: false })
      expect(next!.number).toBe(3)
      expect(numbersOf((await openAgain().open()).outbox)).toEqual([1, 2, 3])
    })

    it.each([
      ['sent', (tab: ReplicaStorage) => tab.takeForSending(1, 1)],
      ['cancelled', (tab: ReplicaStorage) => tab.cancel(1)],
      ['settled', (tab: ReplicaStorage) => tab.apply(batchOf(1, { settled: [1] }))],
    ])('[CL-STORE-5] an edit that would join a %s one gets a number of its own', async (_, end) => {
      await storage.open()
      await storage.enqueue([{ entry: updateOf('one') }])
      await end(storage)
      const entry = updateOf('two')
      const absorbInto = { number: 1, merged: updateOf('one', { title: 'both' }) }
      const [stored] = await storage.enqueue([{ entry, absorbInto }])
      expect(stored).toEqual({ ...entry, number: 2, isSent: false })
    })

    it('[CL-STORE-6] entries are taken in order, about as many bytes as asked for, at least one', async () => {
      await storage.open()
      await storage.enqueue(['one', 'two', 'three', 'four'].map(name => ({ entry: updateOf(name) })))
      expect(numbersOf(await storage.takeForSending(1, 250))).toEqual([1, 2])
      expect(numbersOf(await storage.takeForSending(3, 10))).toEqual([3])
      expect(numbersOf(await storage.takeForSending(2, 1_000))).toEqual([2, 3, 4])
      expect(await storage.takeForSending(5, 1_000)).toEqual([])
    })

    it('[CL-STORE-6] a taken entry is marked as sent, in every tab and after a reload', async () => {
      await storage.open()
      await storage.enqueue(['one', 'two'].map(name => ({ entry: updateOf(name) })))
      expect((await storage.takeForSending(1, 1))[0]).toMatchObject({ number: 1, isSent: true })
      const { outbox, meta } = await openAgain().open()
      expect(outbox.map(entry => entry.isSent)).toEqual([true, false])
      expect(meta.sentNumber).toBe(1)
    })

    it('[CL-STORE-7] an unsent entry is cancelled into a void or into what is left of it; a sent one is not', async () => {
      await storage.open()
      await storage.enqueue(['one', 'two', 'three'].map(name => ({ entry: updateOf(name) })))
      await storage.takeForSending(1, 1)
      const rest = updateOf('three', { title: 'less' })
      expect(await storage.cancel(1)).toBe(false)
      expect(await storage.cancel(2)).toBe(true)
      expect(await storage.cancel(3, rest)).toBe(true)
      expect(await storage.cancel(4)).toBe(false)
      const { outbox } = await openAgain().open()
      expect(outbox.map(entry => entry.mutation.kind)).toEqual(['write', 'void', 'write'])
      expect(outbox[1]!.writeId).toBe(writeIdOf('two'))
      expect(outbox[2]).toEqual({ ...rest, number: 3, isSent: false })
    })

    it('[CL-STORE-7] a sent entry is never cancelled, however the calls of two tabs meet', async () => {
      const other = openAgain()
      await Promise.all([storage.open(), other.open()])
      for (let number = 1; number <= 10; number++) {
        await storage.enqueue([{ entry: updateOf(`${number}`) }])
        const [taken, isCancelled] = await Promise.all([storage.takeForSending(number, 1), other.cancel(number)])
        expect(taken[0]!.mutation.kind).toBe(isCancelled ? 'void' : 'write')
      }
    })

    it('[CL-STORE-8] a renewed replica keeps what may be sent again, in order from 1, and the rest in the inbox', async () => {
      const before = await storage.open()
      await storage.enqueue(['one', 'two', 'three'].map(name => ({ entry: updateOf(name) })))
      await storage.takeForSending(1, 150)
      await storage.apply(batchOf(1, { rows: [rowOf('a', ['v1'])], settled: [1], meta: { answeredNumber: 1 } }))
      await storage.enqueue([{ entry: updateOf('four') }])
      const asked: OutboxEntry[] = []
      const renewed = await storage.renew('carol-2', entry => {
        asked.push(entry)
        return entry.number === 3 ? rejectionOf(entry) : null
      })
      expect(numbersOf(asked)).toEqual([2, 3, 4])
      expect(renewed.meta).toEqual({
        ...before.meta,
        replica: 'carol-2',
        lastNumber: 2,
        sentNumber: 0,
        answeredNumber: 0,
        version: 1,
      })
      expect(renewed.outbox.map(({ number, writeId, isSent }) => [number, writeId, isSent])).toEqual([
        [1, writeIdOf('two'), false],
        [2, writeIdOf('four'), false],
      ])
      expect(renewed.inbox.map(({ entry }) => entry.writeId)).toEqual([writeIdOf('three')])
      expect(await openAgain().open()).toEqual(renewed)
      expect((await storage.rows({ views: ['v1'] })).rows).toHaveLength(1)
    })

    it('[CL-STORE-8] a renewal whose verdict fails changes nothing', async () => {
      await storage.open()
      await storage.enqueue([{ entry: updateOf('one') }, { entry: updateOf('two') }])
      const failing = storage.renew('carol-2', entry => {
        if (entry.number === 2) throw new Error('no verdict')
        return rejectionOf(entry)
      })
      await expect(failing).rejects.toThrow()
      const stored = await openAgain().open()
      expect(numbersOf(stored.outbox)).toEqual([1, 2])
      expect(stored.inbox).toEqual([])
      expect(stored.meta.replica).not.toBe('carol-2')
    })

    it('[CL-STORE-9] a rejection stays until it is acknowledged', async () => {
      await storage.open()
      const entries = await storage.enqueue([{ entry: updateOf('one') }, { entry: updateOf('two') }])
      await storage.apply(batchOf(1, { settled: [1, 2], rejections: entries.map(rejectionOf) }))
      await storage.acknowledge(writeIdOf('one'))
      await storage.acknowledge(writeIdOf('unknown'))
      expect((await openAgain().open()).inbox).toEqual([rejectionOf(entries[1]!)])
    })

    it('[CL-STORE-20] the last outcomes are kept in their order, a thousand of them, over a renewal too [G10]', async () => {
      await storage.open()
      const outcomes = Array.from({ length: maxOutcomes + 2 }, (_, i) => outcomeOf(`${i}`))
      await storage.apply(batchOf(1, { outcomes: outcomes.slice(0, maxOutcomes) }))
      await storage.apply(batchOf(2, { outcomes: outcomes.slice(maxOutcomes) }))
      expect((await openAgain().open()).outcomes).toEqual(outcomes.slice(2))
      expect((await storage.renew('carol-2', () => null)).outcomes).toEqual(outcomes.slice(2))
    })

    it('[CL-STORE-20] outcomes are kept up to a megabyte, and the last one however large it is [G10]', async () => {
      await storage.open()
      const half = maxOutcomeBytes / 2
      const outcomes = [outcomeOf('one', 1), outcomeOf('two', half), outcomeOf('three', half)]
      await storage.apply(batchOf(1, { outcomes }))
      expect((await storage.open()).outcomes).toEqual(outcomes.slice(1))
      const large = outcomeOf('large', 2 * maxOutcomeBytes)
      await storage.apply(batchOf(2, { outcomes: [large] }))
      expect((await storage.open()).outcomes).toEqual([large])
    })

    it('[CL-STORE-10] a destroyed replica leaves nothing: who opens the place next is new', async () => {
      const { meta } = await storage.open()
      await storage.enqueue([{ entry: updateOf('one') }])
      await storage.apply(batchOf(1, { rows: [rowOf('a', ['v1'])], subscriptions: [] }))
      await storage.destroy()
      const next = openAgain()
      const stored = await next.open()
      expect(stored.meta.replica).not.toBe(meta.replica)
      expect(stored.outbox).toEqual([])
      expect((await next.rows({ views: ['v1'] })).rows).toEqual([])
    })

    it('[CL-STORE-11] what was called before close is done, what is called after it is refused', async () => {
      await storage.open()
      const before = storage.enqueue([{ entry: updateOf('one') }])
      await storage.close()
      expect(numbersOf(await before)).toEqual([1])
      await expect(storage.enqueue([{ entry: updateOf('two') }])).rejects.toMatchObject({ code: 'CLOSED' })
      expect(numbersOf((await openAgain().open()).outbox)).toEqual([1])
    })
  })
}
