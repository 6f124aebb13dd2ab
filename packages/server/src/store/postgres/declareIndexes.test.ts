import {
  collection,
  defineSchema,
  parseQuery,
  type Scalar,
  type SchemaDef,
  type SchemaModel,
  schemaModelOf,
  set,
} from '@tidemark/core'
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest'
import { z } from 'zod'
import type { Store } from '../Store.js'
import { Connections } from './Connections.js'
import { compileList } from './compileList.js'
import { settingsFrom } from './PostgresOptions.js'
import { postgres } from './postgres.js'
import { describeWithPostgres } from './testing/describeWithPostgres.js'
import { PostgresServer } from './testing/PostgresServer.js'

const fields = {
  title: z.string(),
  status: z.string().default('todo'),
  votes: z.number(),
  owner: z.string().nullable(),
  labels: set(z.string()),
}
const schemaWith = (indexes: (keyof typeof fields | '$updatedAt' | (keyof typeof fields)[])[], version = 1) =>
  defineSchema({ version, collections: [collection('notes', fields), collection('tasks', fields, { indexes })] })

/** So many that an index is worth its while, in a table that holds more. */
const rowCount = 3_000

describeWithPostgres('declared indexes in Postgres', () => {
  let server: PostgresServer
  let connections: Connections
  let made = 0
  let options: { readonly url: string; readonly schema: string }
  let store: Store

  beforeAll(async () => {
    server = await PostgresServer.start()
  })

  afterAll(() => server.stop())

  beforeEach(() => {
    options = { url: server.url, schema: `place_${made++}` }
    connections = new Connections(settingsFrom(options))
  })

  afterEach(async () => {
    await store.close()
    await connections.close()
  })

  async function open(schema: SchemaDef): Promise<SchemaModel> {
    const model = schemaModelOf(schema)
    store = await postgres(options).open(model)
    return model
  }

  const run = (text: string) => connections.write<Record<string, never>>({ text })

  async function openFilled(schema: SchemaDef): Promise<SchemaModel> {
    const model = await open(schema)
    await run(`
      INSERT INTO record (workspace, collection, id, seq, removed, fields, marks)
      SELECT 'w' || w, c, 'id' || n, n, false, jsonb_build_object('title', 'Title ' || n, 'status',
        (ARRAY['todo', 'doing', 'done'])[n % 3 + 1], 'votes', n % 100, 'owner', 'user' || n % 50, '$updatedAt', n), '{}'
      FROM generate_series(1, ${rowCount}) AS n, (VALUES ('tasks'), ('notes')) AS c (c), generate_series(1, 2) AS w`)
    await run('ANALYZE record')
    return model
  }

  /** The steps of the plan, the first of which gives the rows. */
  async function planOf(schema: SchemaModel, query: object, after?: readonly Scalar[]): Promise<string> {
    const parameters: unknown[] = ['w1']
    const collectionOf = { name: 'tasks', model: schema.collectionByName.get('tasks') }
    const sql = compileList(collectionOf, parseQuery(query), after, parameters)
    const rows = await connections.read<{ 'QUERY PLAN': string }>({ text: `EXPLAIN ${sql}`, values: parameters })
    return rows.map(row => row['QUERY PLAN']).join('\n')
  }

  async function indexNames(): Promise<string[]> {
    const rows = await run(`
      SELECT indexname FROM pg_indexes WHERE schemaname = current_schema AND starts_with(indexname, 'declared_') ORDER BY 1`)
    return rows.map(({ indexname }) => indexname as unknown as string)
  }

  /** Looked up by workspace and field, whether the index gives the rows or their places. */
  const lookup =
    /Scan (?:Backward )?(?:using|on) declared_\w+ .*\n.*Index Cond: \(\(workspace = 'w1'::text\) AND \(.*"?left"?\(/

  it('[S-STORE-22] conditions on a declared field are looked up', async () => {
    const schema = await openFilled(schemaWith(['status', 'votes', 'owner']))
    const conditions = [
      { owner: 'user7' },
      { votes: { in: [1, 2] } },
      { votes: { gt: 3, lte: 5 } },
      { owner: { startsWith: 'user4' } },
    ]
    for (const where of conditions) expect(await planOf(schema, { where })).toMatch(lookup)
  })

  it('[S-STORE-22] a compound index serves equality and order together, without sorting', async () => {
    const schema = await openFilled(schemaWith([['status', 'votes']]))
    const where = { status: 'done', owner: { ne: 'user1' } }
    for (const orderBy of [['votes'], ['-votes', '-id'], ['votes', 'id']]) {
      const plan = await planOf(schema, { where, orderBy, limit: 50 })
      expect(plan).toMatch(lookup)
      expect(plan).not.toContain('Sort')
    }
    const mixed = await planOf(schema, { where, orderBy: '-votes', limit: 50 })
    expect(mixed).toMatch(lookup)
    expect(mixed).toContain('Incremental Sort')
    const next = await planOf(schema, { where, orderBy: 'votes', limit: 50 }, [3, 'a'])
    expect(next).toMatch(lookup)
    expect(next).not.toContain('Sort')
  })

  it('[S-STORE-22] an index serves the order alone, too', async () => {
    const schema = await openFilled(schemaWith(['$updatedAt']))
    const plan = await planOf(schema, { orderBy: ['-$updatedAt', '-id'], limit: 20 })
    expect(plan).toMatch(/Index Scan Backward using declared_/)
    expect(plan).not.toContain('Sort')
  })

  it('[S-STORE-22] the order of ids needs none', async () => {
    const schema = await openFilled(schemaWith([]))
    const plan = await planOf(schema, { limit: 20 })
    expect(plan).toMatch(/Index Scan using record_pkey/)
    expect(plan).not.toContain('Sort')
  })

  it('a set ends an index, for a row has many elements', async () => {
    await open(schemaWith(['labels', ['status', 'labels', 'votes'], ['votes', 'labels']]))
    expect(await indexNames()).toHaveLength(2)
  })

  it('[S-STORE-22] another schema drops what it does not declare and makes what is new', async () => {
    await open(schemaWith(['status', 'votes']))
    const first = await indexNames()
    await store.close()
    await open(schemaWith(['votes', 'owner'], 2))
    const second = await indexNames()
    expect(second).toHaveLength(2)
    expect(second.filter(name => first.includes(name))).toHaveLength(1)
  })

  it('[S-PG-5] an index whose making was broken off is made anew', async () => {
    await open(schemaWith(['status']))
    await store.close()
    const state = "FROM pg_index WHERE indexrelid::regclass::text LIKE 'declared_%'"
    await run(`UPDATE pg_index SET indisvalid = false WHERE indexrelid IN (SELECT indexrelid ${state})`)
    await open(schemaWith(['status']))
    expect(await run(`SELECT indisvalid ${state}`)).toEqual([{ indisvalid: true }])
  })

  it('[S-PG-5] a string of any length can be stored under an index', async () => {
    await open(schemaWith([['title', 'owner', 'status', 'votes']]))
    const [claim] = await store.claim([0], { node: 'node-1', address: '', leaseMs: 1 })
    const workspace = 'w'.repeat(128)
    await store.open(workspace, 0)
    const long = Array.from({ length: 5_000 }, (_, index) =>
      String.fromCodePoint(0x1f300 + ((index * 7_919) % 500)),
    ).join('')
    const values = { title: long, owner: long, status: long, votes: 1, labels: [] }
    const state = { seq: 0, values, marks: {}, removed: false }
    const record = { collection: 'tasks', id: '字'.repeat(128), state }
    const part = { workspace, from: 0, to: 0, changes: [], records: [record], bodies: [], replicas: [], writers: [] }
    expect(await store.commit({ epochs: claim ? [claim] : [], workspaces: [part] })).toEqual({ status: 'committed' })
    const query = parseQuery({ where: { title: long } })
    const { count } = await store.read(workspace, { count: { kind: 'count', collection: 'tasks', query } })
    expect(count).toBe(1)
  })
})
