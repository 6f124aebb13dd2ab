import { describe, expect, it } from 'vitest'
import type { Reads, Store } from '../store/Store.js'
import { CatchUpReads } from './CatchUpReads.js'

const listOf = (collection: string): Reads => ({
  list: { kind: 'count', collection, query: { where: { op: 'true' }, orderBy: [], limit: null } },
})

/** Answers when it is told to. */
class SlowStore {
  readonly asked: Asked[] = []

  read = ((workspace: string) =>
    new Promise((resolve, reject) => {
      this.asked.push({ workspace, answer: (head, list = '') => resolve({ head, list }), fail: reject })
    })) as unknown as Store['read']
}

interface Asked {
  readonly workspace: string
  readonly answer: (head: number, list?: string) => void
  readonly fail: (error: Error) => void
}

const nextTurn = () => new Promise(resolve => setImmediate(resolve))

describe('CatchUpReads', () => {
  it('[S-STORM-1] reads once what several ask for', async () => {
    const store = new SlowStore()
    const reads = new CatchUpReads(store, 10)
    const results = [
      reads.read('acme', 5, listOf('tasks')),
      reads.read('acme', 5, listOf('tasks')),
      reads.read('acme', 5, listOf('notes')),
      reads.read('other', 5, listOf('tasks')),
    ]
    expect(store.asked).toHaveLength(3)
    for (const [index, { answer }] of store.asked.entries()) answer(10 + index)
    expect((await Promise.all(results)).map(({ head }) => head)).toEqual([10, 10, 11, 12])
  })

  describe('[S-STORM-1] what was read', () => {
    const setUp = async (head: number) => {
      const store = new SlowStore()
      const reads = new CatchUpReads(store, 10, 1_000)
      const asked = reads.read('acme', 5, listOf('tasks'))
      store.asked[0]?.answer(head)
      await asked
      return { store, reads }
    }

    it('is given again until the feed has gone past it', async () => {
      const { store, reads } = await setUp(6)
      reads.feedMoved('acme', 6)
      expect((await reads.read('acme', 6, listOf('tasks'))).head).toBe(6)
      expect(store.asked).toHaveLength(1)
      reads.feedMoved('acme', 7)
      void reads.read('acme', 5, listOf('tasks'))
      expect(store.asked).toHaveLength(2)
    })

    it('is not given to who knows of a later head', async () => {
      const { store, reads } = await setUp(6)
      const later = [reads.read('acme', 7, listOf('tasks')), reads.read('acme', 7, listOf('tasks'))]
      await nextTurn()
      expect(store.asked).toHaveLength(2)
      store.asked[1]?.answer(7)
      expect((await Promise.all(later)).map(({ head }) => head)).toEqual([7, 7])
    })

    it('is not given to who comes when nobody watched the workspace meanwhile', async () => {
      const { store, reads } = await setUp(6)
      void reads.read('acme', 6, listOf('notes'))
      reads.unwatched('acme')
      store.asked[1]?.answer(6)
      await nextTurn()
      void reads.read('acme', 6, listOf('tasks'))
      void reads.read('acme', 6, listOf('notes'))
      expect(store.asked).toHaveLength(4)
    })

    it('is read anew of a replica, which changes without a head', async () => {
      const { store, reads } = await setUp(6)
      const replica = { replica: { kind: 'replicas', replicas: ['r1'] } } as const
      void reads.read('acme', 6, replica)
      void reads.read('acme', 6, replica)
      expect(store.asked).toHaveLength(3)
    })

    it('is kept within a bound, the latest first', async () => {
      const { store, reads } = await setUp(6)
      const big = reads.read('acme', 6, listOf('notes'))
      store.asked[1]?.answer(6, 'x'.repeat(950))
      await big
      void reads.read('acme', 6, listOf('notes'))
      await nextTurn()
      expect(store.asked).toHaveLength(2)
      void reads.read('acme', 6, listOf('tasks'))
      expect(store.asked).toHaveLength(3)
    })

    it('is asked for again when it could not be read', async () => {
      const { store, reads } = await setUp(6)
      const failing = reads.read('acme', 6, listOf('notes'))
      store.asked[1]?.fail(new Error('no disk'))
      await expect(failing).rejects.toThrow('no disk')
      void reads.read('acme', 6, listOf('notes'))
      expect(store.asked).toHaveLength(3)
    })
  })

  it('[S-STORM-2] reads so many at a time, the others in turn', async () => {
    const store = new SlowStore()
    const reads = new CatchUpReads(store, 2)
    const results = ['a', 'b', 'c', 'd'].map(workspace => reads.read(workspace, 0, listOf('tasks')))
    expect([store.asked.length, reads.waitingCount]).toEqual([2, 2])
    store.asked[0]?.answer(1)
    await results[0]
    await Promise.resolve()
    expect(store.asked.map(({ workspace }) => workspace)).toEqual(['a', 'b', 'c'])
    expect(reads.waitingCount).toBe(1)
  })
})
