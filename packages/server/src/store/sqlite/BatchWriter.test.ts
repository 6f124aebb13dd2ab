import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  collection,
  defineSchema,
  insertRecord,
  mergeEdits,
  type RecordState,
  schemaModelOf,
  stampFromMs,
} from '@tidemark/core'
import type Database from 'better-sqlite3'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import type { ShardClaim } from '../ShardTable.js'
import type { Store } from '../Store.js'
import { systemPlatform } from '../StorePlatform.js'
import { Ledger } from '../testing/Ledger.js'
import { openDatabase } from './openDatabase.js'
import { SqliteStore } from './SqliteStore.js'

const fields = Array.from({ length: 8 }, (_, index) => `field${index}`)
const shape = Object.fromEntries(fields.map(field => [field, z.string()]))
const schema = schemaModelOf(defineSchema({ version: 1, collections: [collection('tasks', shape)] }))
const key = { collection: 'tasks', id: 'V1StGXR8_Z5jdHi6B-myT' }

let dir: string
let db: Database.Database
let store: Store
let epochs: readonly ShardClaim[]

beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'tidemark-writer-'))
  db = openDatabase(dir, schema)
  store = new SqliteStore(db, schema, systemPlatform, () => {})
  epochs = await store.claim([0], { node: 'node-1', address: '', leaseMs: 1 })
  await store.open('acme', 0)
})

afterEach(async () => {
  await store.close()
  rmSync(dir, { recursive: true })
})

describe('commits to SQLite', () => {
  it('[S-STORE-26] a disk that is full leaves the outcome unknown and the store as it was', async () => {
    const ledger = new Ledger('acme')
    const insert = (id: string) =>
      ({ kind: 'insert', key: { ...key, id }, values: { field0: 'x'.repeat(5_000) } }) as const
    const first = ledger.batch([insert('a')])
    expect(await store.commit({ epochs, workspaces: [first] })).toEqual({ status: 'committed' })
    const pages = db.pragma('page_count', { simple: true }) as number
    db.pragma(`max_page_count = ${pages + 4}`)
    const steps = Array.from({ length: 20 }, (_, index) => insert(`b${index}`))
    const large = ledger.batch(steps)
    expect(await store.commit({ epochs, workspaces: [large] })).toMatchObject({
      status: 'unknown',
      error: { code: 'SQLITE_FULL' },
    })
    const log = { log: { kind: 'log', after: 0, limit: 100 } } as const
    expect(await store.read('acme', log)).toEqual({ head: 1, log: first.changes })
    db.pragma(`max_page_count = ${1 << 30}`)
    expect(await store.commit({ epochs, workspaces: [large] })).toEqual({ status: 'committed' })
  })

  it('[P3] a record of 8 fields stays under 1 KB, however often two writers have set them', async () => {
    const writers = ['N3kXo0r_8yq-ZpT1mB5sV', 'a7Jd-2WcQe9LfUuG4hRiY']
    const origin = (seq: number) => ({
      seq,
      stamp: stampFromMs(1_700_000_000_000 + seq),
      writer: writers[seq % 2] as string,
      number: seq,
      userId: 'alice',
      seen: 0,
    })
    const values = Object.fromEntries(fields.map(field => [field, 'a value']))
    let state: RecordState = insertRecord(values, () => 'register', origin(1))
    const sizeOf = async (record: RecordState): Promise<number> => {
      const { head } = await store.open('acme', 0)
      const part = { workspace: 'acme', from: head, to: head, changes: [], records: [{ ...key, state: record }] }
      const rest = { bodies: [], replicas: [], writers: [] }
      expect(await store.commit({ epochs, workspaces: [{ ...part, ...rest }] })).toEqual({ status: 'committed' })
      return (
        db
          .prepare<[], number>('SELECT length(CAST(row AS BLOB)) + length(CAST(marks AS BLOB)) FROM record')
          .pluck()
          .get() ?? 0
      )
    }
    const sizes: number[] = []
    for (let seq = 2; seq <= 1_000_000; seq++) {
      const field = fields[seq % 8] as string
      state = mergeEdits(state, { [field]: { kind: 'set', value: `value ${seq % 10}` } }, origin(seq)).state
      if (seq === 999_999 || seq === 500_000) sizes.push(await sizeOf(state))
    }
    expect(sizes[1]).toBe(sizes[0])
    expect(sizes[1]).toBeLessThanOrEqual(1_024)
  })
})
