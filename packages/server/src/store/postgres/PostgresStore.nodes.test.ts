import { collection, defineSchema, type SchemaDef, schemaModelOf } from '@tidemark/core'
import { Client } from 'pg'
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest'
import { z } from 'zod'
import type { ShardClaim } from '../ShardTable.js'
import type { Retention, Store } from '../Store.js'
import { Ledger, textOf } from '../testing/Ledger.js'
import { storeSchema } from '../testing/StoreUnderTest.js'
import { postgres } from './postgres.js'
import { describeWithPostgres } from './testing/describeWithPostgres.js'
import { PostgresServer } from './testing/PostgresServer.js'

const owner = { node: 'node-1', address: '', leaseMs: 5_000 }
const key = { collection: 'tasks', id: 'a' }
const insert = { kind: 'insert', key, values: { title: '', status: null, votes: 0, labels: [] } } as const
const vote = { kind: 'update', key, edits: { votes: { kind: 'increment', by: 1 } } } as const
const keepNothing: Retention = { logAgeMs: 1e9, logBytes: 0, replicaAgeMs: 1e9, passingReplicaAgeMs: 1e9 }

describeWithPostgres('nodes on one Postgres', () => {
  let server: PostgresServer
  let made = 0
  let database: string
  let stores: Store[]
  let client: Client

  beforeAll(async () => {
    server = await PostgresServer.start()
  })

  afterAll(() => server.stop())

  beforeEach(async () => {
    database = `database_${made++}`
    await server.query(`CREATE DATABASE ${database} TEMPLATE template0`)
    stores = []
    client = new Client({ connectionString: server.urlOf(database) })
    await client.connect()
    await client.query('SET search_path = tidemark')
  })

  afterEach(async () => {
    await client.end()
    for (const store of stores) await store.close()
  })

  async function open(schema: SchemaDef = storeSchema): Promise<Store> {
    const store = await postgres(server.urlOf(database)).open(schemaModelOf(schema))
    stores.push(store)
    return store
  }

  async function claim(store: Store): Promise<ShardClaim> {
    const [claimed] = await store.claim([0], owner)
    return claimed as ShardClaim
  }

  /** Until some statement waits for a lock that another holds. */
  async function oneWaits(): Promise<void> {
    const waiting = `SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = '${database}'`
    while ((await server.query(waiting)).length === 0);
  }

  it('[S-PG-1] that open it at the same time make its tables and indexes once', async () => {
    const tasks = collection(
      'tasks',
      { title: z.string(), votes: z.number() },
      { indexes: ['title', ['votes', 'title']] },
    )
    const schema = defineSchema({ version: 1, collections: [tasks] })
    const opened = await Promise.all(Array.from({ length: 5 }, () => open(schema)))
    const epochs = await Promise.all(opened.map(claim))
    expect(epochs.map(({ epoch }) => epoch).sort()).toEqual([1, 2, 3, 4, 5])
    const places = await Promise.all(opened.map(store => store.open('acme', 0)))
    expect(new Set(places.map(({ incarnation }) => incarnation)).size).toBe(1)
    const { rows } = await client.query("SELECT 1 FROM pg_indexes WHERE starts_with(indexname, 'declared_')")
    expect(rows).toHaveLength(2)
  })

  it('[S-PG-2] tables of another kind or a newer format are left alone', async () => {
    await client.query('CREATE SCHEMA tidemark; CREATE TABLE tidemark.record (mine text)')
    await expect(open()).rejects.toMatchObject({
      code: 'STORE_FORMAT',
      message: expect.stringContaining('another schema'),
    })
    expect(
      (await client.query('SELECT relname FROM pg_class WHERE relnamespace = $1::regnamespace', ['tidemark'])).rows,
    ).toEqual([{ relname: 'record' }])
    await client.query('DROP TABLE record')
    await open()
    await client.query("UPDATE tidemark_meta SET value = '99' WHERE name = 'format'")
    await expect(open()).rejects.toMatchObject({
      code: 'STORE_FORMAT',
      message: expect.stringContaining('have format 99'),
    })
    expect((await client.query("SELECT value FROM tidemark_meta WHERE name = 'format'")).rows).toEqual([
      { value: '99' },
    ])
  })

  it('[S-PG-2] a database that would break a promise is refused', async () => {
    await client.query(`ALTER DATABASE ${database} SET synchronous_commit = off`)
    await expect(open()).rejects.toMatchObject({
      code: 'BAD_CONFIG',
      message: expect.stringContaining('synchronous_commit'),
    })
    await server.query(`CREATE DATABASE old_${database} TEMPLATE template0 ENCODING 'SQL_ASCII'`)
    const old = postgres(server.urlOf(`old_${database}`))
    await expect(old.open(schemaModelOf(storeSchema))).rejects.toMatchObject({
      code: 'BAD_CONFIG',
      message: expect.stringContaining('UTF8'),
    })
  })

  it('[S-PG-7, G3] a claim waits for a commit under way, and the next commit is fenced', async () => {
    const [first, second] = [await open(), await open()]
    const epochs = [await claim(first)]
    // What a commit holds while it writes.
    await client.query('BEGIN; SELECT FROM shard WHERE shard = 0 FOR SHARE')
    let isClaimed = false
    const claimed = claim(second).then(claim => {
      isClaimed = true
      return claim
    })
    await oneWaits()
    expect(isClaimed).toBe(false)
    await client.query('COMMIT')
    expect((await claimed).epoch).toBe(2)
    expect(await first.commit({ epochs, workspaces: [] })).toEqual({ status: 'fenced', shards: [0] })
  })

  it('[S-PG-7, G3] a commit that begins during a claim waits for it, and is fenced', async () => {
    const store = await open()
    const epochs = [await claim(store)]
    await store.open('acme', 0)
    await client.query('BEGIN; UPDATE shard SET epoch = epoch + 1')
    const outcome = store.commit({ epochs, workspaces: [new Ledger('acme').batch([insert])] })
    await oneWaits()
    await client.query('COMMIT')
    expect(await outcome).toEqual({ status: 'fenced', shards: [0] })
    expect(await store.open('acme', 0)).toMatchObject({ head: 0 })
  })

  it('[S-PG-7, G3] a commit that waited for another of its workspace is overtaken by it', async () => {
    const store = await open()
    const epochs = [await claim(store)]
    await store.open('acme', 0)
    await client.query("BEGIN; UPDATE workspace SET head = 1 WHERE name = 'acme'")
    const outcome = store.commit({ epochs, workspaces: [new Ledger('acme').batch([insert])] })
    await oneWaits()
    await client.query('COMMIT')
    expect(await outcome).toEqual({ status: 'overtaken', workspaces: ['acme'] })
    expect((await client.query('SELECT FROM record')).rowCount).toBe(0)
  })

  it('[S-PG-6, S-STORE-18] several that tend at once while one commits lose nothing', async () => {
    const [writer, ...tenders] = [await open(), await open(), await open()]
    const epochs = [await claim(writer)]
    await writer.open('acme', 0)
    const ledger = new Ledger('acme')
    const commit = async (steps: Parameters<Ledger['batch']>[0]) =>
      expect(await writer.commit({ epochs, workspaces: [ledger.batch(steps)] })).toEqual({ status: 'committed' })
    await commit([insert])
    for (let round = 0; round < 4; round++) {
      for (let batch = 0; batch < 10; batch++) {
        await commit([
          ...Array.from({ length: 30 }, () => vote),
          { kind: 'type', key, text: 'x'.repeat(9_000), isSmall: false },
        ])
      }
      const tended = tenders.map(store => store.tend(keepNothing, Date.now()))
      for (let count = 0; count < 20; count++)
        await commit([vote, { kind: 'type', key, text: `${count}`, isSmall: count % 2 === 0 }])
      await Promise.all(tended)
    }
    const found = await writer.read('acme', { body: { kind: 'body', key }, records: { kind: 'records', keys: [key] } })
    expect(textOf(found.body.state as Uint8Array)).toBe(ledger.body(key)?.text)
    expect(found.records).toEqual([ledger.state(key)])
    // What is counted as waiting to be folded is what waits.
    const tails = `
      SELECT tail_bytes, (
        SELECT coalesce(sum(octet_length(body_update)), 0) FROM change
        WHERE (workspace, collection, id) = (body.workspace, body.collection, body.id) AND seq > contained) AS waiting
      FROM body`
    for (const { tail_bytes, waiting } of (await client.query(tails)).rows) expect(tail_bytes).toBe(waiting)
    await Promise.all(tenders.map(store => store.tend(keepNothing, Date.now())))
    expect(await writer.open('acme', 0)).toMatchObject({ head: ledger.head, floor: ledger.head })
    expect((await client.query("SELECT log_bytes FROM workspace WHERE name = 'acme'")).rows).toEqual([
      { log_bytes: '0' },
    ])
    expect((await client.query('SELECT FROM change')).rowCount).toBe(0)
  })

  it('[S-PG-8, S-STORE-8] any number of reads in one request are of one moment', async () => {
    const store = await open()
    const epochs = [await claim(store)]
    await store.open('acme', 0)
    const ledger = new Ledger('acme')
    await store.commit({ epochs, workspaces: [ledger.batch([insert])] })
    const many = Object.fromEntries(
      Array.from({ length: 100 }, (_, index) => [`read${index}`, { kind: 'records', keys: [key] } as const]),
    )
    for (let round = 0; round < 10; round++) {
      const reading = store.read('acme', many)
      for (let count = 0; count < 5; count++) await store.commit({ epochs, workspaces: [ledger.batch([vote])] })
      const { head, ...results } = await reading
      expect(new Set(Object.values(results).map(([record]) => record?.seq))).toEqual(new Set([head]))
    }
  })
})
