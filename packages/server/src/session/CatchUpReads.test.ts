import { describe, expect, it } from 'vitest'
import type { Reads, Store } from '../store/Store.js'
import { CatchUpReads } from './CatchUpReads.js'

const listOf = (collection: string): Reads => ({
  list: { kind: 'count', collection, query: { where: { op: 'true' }, orderBy: [], limit: null } },
})

/** Answers when it is told to. */
class SlowStore {
  readonly asked: { readonly workspace: string; readonly answer: (head: number) => void }[] = []

  read = ((workspace: string) =>
    new Promise(resolve => {
      this.asked.push({ workspace, answer: head => resolve({ head }) })
    })) as unknown as Store['read']
}

describe('CatchUpReads', () => {
  it('[S-STORM-1] reads once what several ask for at the same position', async () => {
    const store = new SlowStore()
    const reads = new CatchUpReads(store, 10)
    const results = [
      reads.read('acme', 5, listOf('tasks')),
      reads.read('acme', 5, listOf('tasks')),
      reads.read('acme', 6, listOf('tasks')),
      reads.read('acme', 5, listOf('notes')),
      reads.read('other', 5, listOf('tasks')),
    ]
    expect(store.asked).toHaveLength(4)
    for (const [head, { answer }] of store.asked.entries()) answer(head)
    expect((await Promise.all(results)).map(({ head }) => head)).toEqual([0, 0, 1, 2, 3])
    void reads.read('acme', 5, listOf('tasks'))
    expect(store.asked).toHaveLength(5)
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
