import { describe, expect, it } from 'vitest'
import type { AskedStanding, Standing, StoredReplica } from '../store/Store.js'
import { NewcomerReads } from './NewcomerReads.js'

/** Answers when it is told to. */
class SlowStore {
  readonly asked: { readonly names: readonly (string | null)[]; answer(head: number): void }[] = []

  standings = (asked: readonly AskedStanding[]): Promise<readonly Standing[]> =>
    new Promise(resolve => {
      const answer = (head: number): void => resolve(asked.map(({ replica }) => standingOf(head, replica)))
      this.asked.push({ names: asked.map(({ workspace, replica }) => `${workspace} ${replica}`), answer })
    })
}

const standingOf = (head: number, replica: string | null): Standing => ({
  head,
  known: replica === null ? undefined : ({ replica } as StoredReplica),
})

const nextTurn = () => new Promise(resolve => setImmediate(resolve))
const here = () => true
const gone = () => false

describe('[S-STORM-3] what is asked for newcomers', () => {
  it('is one read for all who came while the last was under way', async () => {
    const store = new SlowStore()
    const reads = new NewcomerReads(store)
    const first = reads.read('acme', 'r1', here)
    const waiting = [reads.read('acme', 'r2', here), reads.read('other', null, here), reads.read('other', 'r3', here)]
    expect([store.asked.length, reads.waitingCount]).toEqual([1, 3])
    store.asked[0]?.answer(5)
    expect(await first).toEqual(standingOf(5, 'r1'))
    await nextTurn()
    expect(store.asked[1]?.names).toEqual(['acme r2', 'other null', 'other r3'])
    store.asked[1]?.answer(7)
    expect(await Promise.all(waiting)).toEqual(['r2', null, 'r3'].map(replica => standingOf(7, replica)))
    expect([store.asked.length, reads.waitingCount]).toEqual([2, 0])
  })

  it('is not asked for who has gone', async () => {
    const store = new SlowStore()
    const reads = new NewcomerReads(store)
    void reads.read('acme', 'r1', here)
    const left = [reads.read('other', 'r2', gone), reads.read('acme', 'r3', here)]
    store.asked[0]?.answer(5)
    await nextTurn()
    expect(store.asked[1]?.names).toEqual(['acme r3'])
    store.asked[1]?.answer(6)
    expect(await Promise.all(left)).toEqual([null, standingOf(6, 'r3')])
  })

  it('is not asked at all when all have gone, and is asked again for who comes then', async () => {
    const store = new SlowStore()
    const reads = new NewcomerReads(store)
    expect(await reads.read('acme', 'r1', gone)).toBeNull()
    void reads.read('acme', 'r2', here)
    expect(store.asked.map(({ names }) => names)).toEqual([['acme r2']])
  })

  it('fails for those who asked together, and is asked for again', async () => {
    const reads = new NewcomerReads({ standings: () => Promise.reject(new Error('no disk')) })
    await expect(reads.read('acme', 'r1', here)).rejects.toThrow('no disk')
    await expect(reads.read('acme', 'r1', here)).rejects.toThrow('no disk')
    expect(reads.waitingCount).toBe(0)
  })
})
