import { checkCompatible, type SchemaDescription, type SchemaModel, systemClock, TidemarkError } from '@tidemark/core'
import { Client } from 'pg'
import { connectionTo } from './connectionTo.js'
import { declareIndexes } from './declareIndexes.js'
import { migrations } from './migrations.js'
import { leastVersion, type Settings } from './PostgresOptions.js'
import { openError } from './postgresErrors.js'

/** How long it may take to make the tables, of which building indexes over many rows is the longest. */
const maxWaitMs = 10 * 60_000
const askAgainMs = 50

/**
 * Brings the tables to today's format and to this schema, on a connection of its own. Nodes that start together do so
 * one after another: the first holds a lock that ends with its connection, however that ends.
 */
export async function openTables(settings: Settings, schema: SchemaModel): Promise<void> {
  const waits = { connectionTimeoutMillis: settings.timeoutMs, query_timeout: maxWaitMs }
  const client = new Client({ ...connectionTo(settings.url), ...waits })
  client.on('error', () => {}) // the statement that it breaks off says so
  try {
    await client.connect()
    await client.query(`SET search_path = ${settings.schema}; SET statement_timeout = 0`)
    await mustBeFit(client)
    await lock(client, settings.schema)
    await client.query('BEGIN')
    await migrate(client, settings.schema)
    await adopt(client, schema)
    await client.query('COMMIT')
    await declareIndexes(client, schema)
  } catch (error) {
    throw openError(error, settings.url)
  } finally {
    await client.end().catch(() => {}) // nothing is lost with it
  }
}

/** What the promises of a store rest on. */
async function mustBeFit(client: Client): Promise<void> {
  const settings = ['server_version_num', 'server_encoding', 'synchronous_commit']
  const asked = settings.map(name => `current_setting('${name}') AS ${name}`).join(', ')
  const { rows } = await client.query<Record<string, string>>(`SELECT ${asked}`)
  const { server_version_num: version, server_encoding: encoding, synchronous_commit: durable } = rows[0] ?? {}
  if (Number(version) < leastVersion) {
    throw unfit(`Postgres is older than version ${leastVersion / 10_000}: take a newer one.`)
  }
  if (encoding !== 'UTF8') throw unfit(`The database is in ${encoding}: make one in UTF8.`)
  if (durable === 'off') throw unfit('synchronous_commit is off, so a crash loses what was answered: switch it on.')
}

const unfit = (message: string) => new TidemarkError('BAD_CONFIG', message)

/**
 * Asked for again and again instead of waited for: an index that is built without locks waits for every statement that
 * is under way, also for one that waits for this lock.
 */
async function lock(client: Client, namespace: string): Promise<void> {
  for (let waitedMs = 0; waitedMs < maxWaitMs; waitedMs += askAgainMs) {
    const text = 'SELECT pg_try_advisory_lock(hashtextextended($1, 0)) AS held'
    const { rows } = await client.query<{ held: boolean }>(text, [`tidemark ${namespace}`])
    if (rows[0]?.held) return
    await new Promise<void>(resolve => void systemClock.after(askAgainMs, resolve))
  }
  throw new TidemarkError('STORE_FAILED', 'Another node has been preparing the tables for 10 minutes: look at its log.')
}

/** An older program refuses a newer format: it would not know what it drops. */
async function migrate(client: Client, namespace: string): Promise<void> {
  const inSchema = 'FROM pg_namespace n JOIN pg_class c ON c.relnamespace = n.oid WHERE n.nspname = $1'
  const known = await client.query(`SELECT 1 FROM pg_namespace WHERE nspname = $1`, [namespace])
  if (known.rowCount === 0) await client.query(`CREATE SCHEMA ${namespace}`)
  const { rows } = await client.query<{ relname: string }>(`SELECT relname ${inSchema}`, [namespace])
  const isOurs = rows.some(({ relname }) => relname === 'tidemark_meta')
  if (rows.length > 0 && !isOurs) {
    const message = `The Postgres schema ${namespace} holds tables that are not Tidemark's: give postgres() another schema.`
    throw new TidemarkError('STORE_FORMAT', message)
  }
  if (!isOurs) await client.query('CREATE TABLE tidemark_meta (name text PRIMARY KEY, value text NOT NULL)')
  const format = Number((await readMeta(client, 'format')) ?? 0)
  const newest = migrations.length
  if (!(format <= newest)) {
    const message = `The tables in ${namespace} have format ${format}, this version knows up to ${newest}: run the version that wrote them.`
    throw new TidemarkError('STORE_FORMAT', message)
  }
  for (const step of migrations.slice(format)) await client.query(step)
  await writeMeta(client, 'format', String(newest))
}

/** Holds the schema against the one that the rows were written under. */
async function adopt(client: Client, schema: SchemaModel): Promise<void> {
  const stored = await readMeta(client, 'schema')
  const described = schema.describe()
  const next = stored === undefined ? described : checkCompatible(JSON.parse(stored) as SchemaDescription, described)
  await writeMeta(client, 'schema', JSON.stringify(next))
}

async function readMeta(client: Client, name: string): Promise<string | undefined> {
  const { rows } = await client.query<{ value: string }>('SELECT value FROM tidemark_meta WHERE name = $1', [name])
  return rows[0]?.value
}

async function writeMeta(client: Client, name: string, value: string): Promise<void> {
  const text =
    'INSERT INTO tidemark_meta (name, value) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET value = excluded.value'
  await client.query(text, [name, value])
}
