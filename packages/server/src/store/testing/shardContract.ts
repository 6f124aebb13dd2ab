import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { ShardClaim } from '../ShardTable.js'
import type { Store } from '../Store.js'
import { Ledger } from './Ledger.js'
import type { StoreUnderTest } from './StoreUnderTest.js'

const lasting = (node: string) => ({ node, address: `${node}:4800`, leaseMs: 60_000 })
/** A lease that is over as soon as it has begun: its node does not live. */
const over = (node: string) => ({ ...lasting(node), leaseMs: 0 })

/** What a store must do that nodes share. `setUp` gives an empty place that two stores can be opened on. */
export function shardContract(setUp: () => Promise<StoreUnderTest>): void {
  describe('shards of several nodes', () => {
    let place: StoreUnderTest
    let a: Store
    let b: Store

    beforeEach(async () => {
      place = await setUp()
      a = await place.open()
      b = await place.open()
    })

    afterEach(async () => {
      await a.close()
      await b.close()
      await place.remove()
    })

    it('[S-SHARD-1] what another living node holds is not given, the rest is', async () => {
      await a.claim([0, 1], lasting('a'))
      expect(await b.claim([0, 2], lasting('b'))).toEqual([{ shard: 2, epoch: 1 }])
      expect(await a.claim([1], lasting('a'))).toEqual([{ shard: 1, epoch: 2 }])
    })

    it('[S-SHARD-2] what is released, or whose owner does not live, is given under a later epoch', async () => {
      const [zero] = await a.claim([0, 1], lasting('a'))
      await a.release([zero as ShardClaim])
      expect(await b.claim([0, 1], lasting('b'))).toEqual([{ shard: 0, epoch: 2 }])
      await a.renew(over('a'))
      expect(await b.claim([1], lasting('b'))).toEqual([{ shard: 1, epoch: 2 }])
    })

    it('[S-SHARD-3] a release under an epoch that is no longer the shard’s releases nothing', async () => {
      const [first] = await a.claim([0], lasting('a'))
      await a.claim([0], lasting('a'))
      await a.release([first as ShardClaim])
      expect(await b.claim([0], lasting('b'))).toEqual([])
    })

    it('[S-SHARD-4] who renews is told who lives and what is whose', async () => {
      await a.claim([3], lasting('a'))
      await b.claim([1], lasting('b'))
      const nodes = [
        { node: 'a', address: 'a:4800' },
        { node: 'b', address: 'b:4800' },
      ]
      const shards = [
        { shard: 1, epoch: 1, node: 'b' },
        { shard: 3, epoch: 1, node: 'a' },
      ]
      expect(sorted(await a.renew(lasting('a')))).toEqual({ nodes, shards })
      await b.leave('b')
      expect(sorted(await a.renew(lasting('a')))).toEqual({
        nodes: nodes.slice(0, 1),
        shards: [{ shard: 1, epoch: 1, node: null }, shards[1]],
      })
    })

    it('[S-SHARD-6] a word that is posted is given to its node once, in order', async () => {
      for (const byte of [1, 2, 3]) await a.post('b', Uint8Array.of(byte))
      await a.post('c', Uint8Array.of(4))
      expect((await b.collect('b')).map(word => [...word])).toEqual([[1], [2], [3]])
      expect(await b.collect('b')).toEqual([])
    })

    it('[S-SHARD-5] [G3] who was taken for dead and lives on commits nothing in what others have', async () => {
      const epochs = await a.claim([0], over('a'))
      await a.open('acme', 0)
      const [taken] = await b.claim([0], lasting('b'))
      expect(taken?.epoch).toBe(2)
      await a.renew(lasting('a'))
      const values = { title: 'late', status: null, votes: 0, labels: [] }
      const insert = { kind: 'insert', key: { collection: 'tasks', id: 'a' }, values } as const
      const workspaces = [new Ledger('acme').batch([insert])]
      expect(await a.commit({ epochs, workspaces })).toEqual({ status: 'fenced', shards: [0] })
      expect(await b.commit({ epochs: [taken as ShardClaim], workspaces })).toEqual({ status: 'committed' })
      expect(await a.heads(['nowhere', 'acme'])).toEqual([0, 1])
    })
  })
}

const sorted = <P extends { readonly shards: readonly { readonly shard: number }[] }>(picture: P): P => ({
  ...picture,
  shards: [...picture.shards].sort((a, b) => a.shard - b.shard),
})
