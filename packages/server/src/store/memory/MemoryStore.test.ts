import { schemaModelOf } from '@tidemark/core'
import { describe, expect, it } from 'vitest'
import type { ShardClaim } from '../ShardTable.js'
import { Ledger } from '../testing/Ledger.js'
import { platformAt, storeSchema } from '../testing/StoreUnderTest.js'
import { shardContract } from '../testing/shardContract.js'
import { storeContract } from '../testing/storeContract.js'
import { MemoryDisk } from './MemoryDisk.js'
import { memory } from './MemoryStore.js'

describe('MemoryStore', () => {
  const place = async () => {
    const disk = new MemoryDisk()
    const clock = { nowMs: 1_700_000_000_000 }
    return {
      open: async (schema = storeSchema) => memory(disk, platformAt(clock)).open(schemaModelOf(schema)),
      clock,
      unstorable: 'with \0 in it',
      remove: async () => {},
    }
  }
  storeContract(place)
  shardContract(place)

  it('a copied disk stands still, and can be gone on from', async () => {
    const disk = new MemoryDisk()
    const store = await memory(disk).open(schemaModelOf(storeSchema))
    const epochs = (await store.claim([0], { node: 'n', address: '', leaseMs: 1 })) as ShardClaim[]
    await store.open('acme', 0)
    const ledger = new Ledger('acme')
    const values = { title: 'Buy milk', status: null, votes: 0, labels: [] }
    const insert = (id: string) => ({ kind: 'insert', key: { collection: 'tasks', id }, values }) as const
    await store.commit({ epochs, workspaces: [ledger.batch([insert('a')])] })
    const copy = disk.copy()
    await store.commit({ epochs, workspaces: [ledger.batch([insert('b')])] })

    const restored = await memory(copy).open(schemaModelOf(storeSchema))
    const log = { log: { kind: 'log', after: 0, limit: 10 } } as const
    expect(await restored.read('acme', log)).toEqual({ head: 1, log: ledger.changes.slice(0, 1) })
    const other = new Ledger('acme')
    other.batch([insert('a')])
    const again = other.batch([insert('c')])
    expect(await restored.commit({ epochs, workspaces: [again] })).toEqual({ status: 'committed' })
    expect(await store.read('acme', log)).toMatchObject({ head: 2 })
  })
})
