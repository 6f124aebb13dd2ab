import { TidemarkError } from '@tidemark/core'
import { type ClientBase, Pool, type QueryConfig, type QueryResultRow } from 'pg'
import { connectionTo } from './connectionTo.js'
import { type Settings, writeConnections } from './PostgresOptions.js'
import { storeError } from './postgresErrors.js'

/** Under a name Postgres keeps the plan on the connection: only for texts of which there are few. */
export type Statement = QueryConfig<unknown[]>

/** Runs statements one after another on one connection. */
export type Run = <Row extends QueryResultRow>(statement: Statement) => Promise<Row[]>

/**
 * The connections of a node. Commits have their own, so that no crowd of readers keeps them waiting; they are made
 * when they are needed, and made again after they broke. Every wait has an end: for a connection half of the time for a statement,
 * for the answer a little more than Postgres has for giving it, should Postgres itself be gone.
 */
export class Connections {
  readonly #readers: Pool
  readonly #writers: Pool
  #isClosed = false

  constructor(settings: Settings) {
    this.#readers = poolOf(settings, settings.readConnections)
    this.#writers = poolOf(settings, writeConnections)
  }

  read<Row extends QueryResultRow>(statement: Statement): Promise<Row[]> {
    return this.#with(this.#readers, run => run<Row>(statement))
  }

  write<Row extends QueryResultRow>(statement: Statement): Promise<Row[]> {
    return this.#with(this.#writers, run => run<Row>(statement))
  }

  /** All that is read sees one moment. */
  async readTogether<T>(work: (run: Run) => Promise<T>): Promise<T> {
    return this.#with(this.#readers, async run => {
      await run({ text: 'BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY' })
      const result = await work(run)
      await run({ text: 'COMMIT' })
      return result
    })
  }

  /** Whatever is written is undone. */
  async rehearse<T>(work: (run: Run) => Promise<T>): Promise<T> {
    return this.#with(this.#writers, async run => {
      await run({ text: 'BEGIN' })
      const result = await work(run)
      await run({ text: 'ROLLBACK' })
      return result
    })
  }

  async close(): Promise<void> {
    if (this.#isClosed) return
    this.#isClosed = true
    await Promise.all([this.#readers.end(), this.#writers.end()])
  }

  async #with<T>(pool: Pool, work: (run: Run) => Promise<T>): Promise<T> {
    if (this.#isClosed) throw new TidemarkError('CLOSED', 'This store was closed.')
    const client = await pool.connect().catch(error => {
      throw storeError(error)
    })
    // After an error nobody knows what the connection is in the middle of: it is not used again.
    let isSpent = true
    try {
      const result = await work(async statement => (await client.query(statement)).rows)
      isSpent = false
      return result
    } catch (error) {
      throw storeError(error)
    } finally {
      client.release(isSpent)
    }
  }
}

function poolOf({ url, schema, timeoutMs }: Settings, max: number): Pool {
  const pool = new Pool({
    ...connectionTo(url),
    max,
    connectionTimeoutMillis: timeoutMs / 2,
    idleTimeoutMillis: 60_000,
    query_timeout: timeoutMs + 1_000,
    onConnect: client => prepare(client, schema, timeoutMs),
  })
  // A connection that breaks while nobody uses it is no one's failure: the pool makes another.
  pool.on('error', () => {})
  // Whoever uses one that breaks hears of it by the statement that fails.
  pool.on('connect', client => void client.on('error', () => {}))
  return pool
}

/**
 * Every statement of ours finds its rows by key or by a declared index, so the planner is kept from reading whole
 * tables, which only young statistics make look cheap. A transaction of ours that stands still is one of a node that
 * does: it holds up others no longer than a statement may take.
 */
async function prepare(client: ClientBase, schema: string, timeoutMs: number): Promise<void> {
  const settings = [
    `search_path = ${schema}`,
    `statement_timeout = ${timeoutMs}`,
    `idle_in_transaction_session_timeout = ${timeoutMs}`,
    `default_transaction_isolation = 'read committed'`,
    'default_transaction_read_only = off',
    'jit = off',
    'enable_seqscan = off',
  ]
  await client.query(settings.map(setting => `SET ${setting}`).join('; '))
}
