import { describe, expect, it } from 'vitest'
import type { Reads, Store, StoredReplica } from '../store/Store.js'
import { NewcomerReads } from './NewcomerReads.js'

/** Answers when it is told to. */
class SlowStore {
  readonly asked: { readonly workspace: string; readonly replicas: readonly string[]; answer(head: number): void }[] =
    []

  read = ((workspace: string, reads: Reads) => {
    const replicas = reads.known?.kind === 'replicas' ? reads.known.replicas : []
    return new Promise(resolve => {
      const known = replicas.map(replica => ({ replica }) as StoredReplica)
      this.asked.push({ workspace, replicas, answer: head => resolve({ head, known }) })
    })
  }) as unknown as Store['read']
}

const nextTurn = () => new Promise(resolve => setImmediate(resolve))
const here = () => true
const gone = () => false

function setUp(mostAtOnce: number) {
  const store = new SlowStore()
  return { store, reads: new NewcomerReads(store, mostAtOnce) }
}

describe('[S-STORM-3] what is read for newcomers', () => {
  it('is one read for those of a workspace who wait for their turn', async () => {
    const { store, reads } = setUp(1)
    const first = reads.read('acme', 'r1', here)
    const waiting = [reads.read('acme', 'r2', here), reads.read('acme', null, here), reads.read('acme', 'r3', here)]
    expect([store.asked.length, reads.waitingCount]).toEqual([1, 3])
    store.asked[0]?.answer(5)
    expect(await first).toEqual({ head: 5, known: { replica: 'r1' } })
    await nextTurn()
    expect(store.asked[1]?.replicas).toEqual(['r2', 'r3'])
    store.asked[1]?.answer(7)
    const known = [{ replica: 'r2' }, undefined, { replica: 'r3' }]
    expect(await Promise.all(waiting)).toEqual(known.map(one => ({ head: 7, known: one })))
    expect([store.asked.length, reads.waitingCount]).toEqual([2, 0])
  })

  it('begins after it was asked for: what is under way serves nobody who comes', async () => {
    const { store, reads } = setUp(2)
    void reads.read('acme', 'r1', here)
    void reads.read('acme', 'r2', here)
    expect(store.asked.map(({ replicas }) => replicas)).toEqual([['r1'], ['r2']])
  })

  it('is not read for who has gone', async () => {
    const { store, reads } = setUp(1)
    void reads.read('acme', 'r1', here)
    const left = [reads.read('other', 'r2', gone), reads.read('acme', 'r3', gone), reads.read('acme', 'r4', here)]
    store.asked[0]?.answer(5)
    await nextTurn()
    expect(store.asked.slice(1).map(({ replicas }) => replicas)).toEqual([['r4']])
    store.asked[1]?.answer(6)
    expect(await Promise.all(left)).toEqual([null, null, { head: 6, known: { replica: 'r4' } }])
  })

  it('fails for those who asked together, and is asked for again', async () => {
    const reads = new NewcomerReads({ read: () => Promise.reject(new Error('no disk')) }, 1)
    await expect(reads.read('acme', 'r1', here)).rejects.toThrow('no disk')
    await expect(reads.read('acme', 'r1', here)).rejects.toThrow('no disk')
    expect(reads.waitingCount).toBe(0)
  })
})
