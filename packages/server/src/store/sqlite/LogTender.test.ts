import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { schemaModelOf } from '@tidemark/core'
import type Database from 'better-sqlite3'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { ShardClaim } from '../ShardTable.js'
import type { Retention, Store } from '../Store.js'
import { Ledger, textOf } from '../testing/Ledger.js'
import { platformAt, storeSchema } from '../testing/StoreUnderTest.js'
import { CollectionKeys } from './CollectionKeys.js'
import { History } from './History.js'
import { LogTender } from './LogTender.js'
import { openDatabase } from './openDatabase.js'
import { SqliteStore } from './SqliteStore.js'

const schema = schemaModelOf(storeSchema)
const key = { collection: 'tasks', id: 'a' }
const nowMs = 1_700_000_000_000
const keepAll: Retention = { logAgeMs: 1e9, logBytes: 1e9, replicaAgeMs: 1e9, passingReplicaAgeMs: 1e9 }

let dir: string
let db: Database.Database
let store: Store
let epochs: readonly ShardClaim[]
let ledger: Ledger

beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'tidemark-tender-'))
  db = openDatabase(dir, schema)
  store = new SqliteStore(db, schema, platformAt({ nowMs }), () => {})
  epochs = await store.claim([0], { node: 'node-1', address: '', leaseMs: 1 })
  await store.open('acme', 0)
  ledger = new Ledger('acme')
  await commit([{ kind: 'insert', key, values: { title: '', status: null, votes: 0, labels: [] } }])
})

afterEach(async () => {
  await store.close()
  rmSync(dir, { recursive: true })
})

async function commit(steps: Parameters<Ledger['batch']>[0]): Promise<void> {
  expect(await store.commit({ epochs, workspaces: [ledger.batch(steps)] })).toEqual({ status: 'committed' })
}

const type = (text: string) => ({ kind: 'type', key, text, isSmall: false }) as const
const bodyRow = () => db.prepare('SELECT seq, contained, tail_bytes FROM body').get()
const entryCount = () => db.prepare<[], number>('SELECT count(*) FROM change').pluck().get() ?? 0

/** Tends step by step, and tells what each step left. */
function* tended<T>(policy: Retention, left: () => T): Generator<T> {
  const keys = new CollectionKeys(db)
  for (const _ of new LogTender(db, keys, new History(db, keys)).tend(policy, nowMs)) yield left()
}

describe('LogTender', () => {
  it('[S-STORE-18] a body is folded when its log outweighs its state, and not before', async () => {
    await commit([type('x'.repeat(50_000))])
    await store.tend(keepAll, nowMs)
    expect(bodyRow()).toMatchObject({ seq: 2, contained: 0 })

    await commit([type('y'.repeat(50_000))])
    await store.tend(keepAll, nowMs)
    expect(bodyRow()).toEqual({ seq: 3, contained: 3, tail_bytes: 0 })

    await commit([type('z')])
    await store.tend(keepAll, nowMs)
    expect(bodyRow()).toMatchObject({ seq: 4, contained: 3 })
    const { body } = await store.read('acme', { body: { kind: 'body', key, after: 0 } })
    expect(textOf(body.state as Uint8Array)).toBe(ledger.body(key)?.text)
    expect(body.updates).toHaveLength(3)
  })

  it('[S-STORE-18] a long log is cut in steps of at most 200 entries, each of which leaves a whole log', async () => {
    for (let batch = 0; batch < 10; batch++) {
      const votes = { votes: { kind: 'increment', by: 1 } } as const
      await commit(Array.from({ length: 100 }, () => ({ kind: 'update', key, edits: votes })))
    }
    const left: number[] = []
    for (const count of tended({ ...keepAll, logBytes: 0 }, entryCount)) {
      const { floor, head } = await store.open('acme', 0)
      expect(head - floor).toBe(count)
      const { log } = await store.read('acme', { log: { kind: 'log', after: floor, limit: 2_000 } })
      expect(log).toEqual(ledger.changes.slice(floor))
      left.push(count)
    }
    expect(left).toEqual([1_001, 801, 601, 401, 201, 1, 0])
  })
})
