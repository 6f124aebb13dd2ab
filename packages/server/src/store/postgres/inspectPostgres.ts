import { Client } from 'pg'
import { connectionTo } from './connectionTo.js'
import type { Settings } from './PostgresOptions.js'

/** What a Postgres says of itself, as far as it matters for a store. */
export interface PostgresReport {
  /** 15.4 is 150004. */
  readonly version: number
  readonly encoding: string
  readonly fsync: string
  readonly synchronousCommit: string
  /** How far its clock is ahead of this machine's. */
  readonly aheadMs: number
  /** Connections that it gives to a role like this one, and those that others have. */
  readonly maxConnections: number
  readonly usedConnections: number
  /** Only copies what another one writes. */
  readonly isStandby: boolean
}

const asked = `
  SELECT
    current_setting('server_version_num')::int AS "version",
    current_setting('server_encoding') AS "encoding",
    current_setting('fsync') AS "fsync",
    current_setting('synchronous_commit') AS "synchronousCommit",
    extract(epoch FROM clock_timestamp())::float8 * 1000 AS "nowMs",
    current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int AS "maxConnections",
    (SELECT count(*)::int FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid())
      AS "usedConnections",
    pg_is_in_recovery() AS "isStandby"`

/** Asks it, and changes nothing. Throws what keeps it from answering. */
export async function inspectPostgres({ url, timeoutMs }: Settings, now: () => number): Promise<PostgresReport> {
  const client = new Client({ ...connectionTo(url), connectionTimeoutMillis: timeoutMs, query_timeout: timeoutMs })
  client.on('error', () => {}) // the question that it breaks off says so
  try {
    await client.connect()
    const before = now()
    const { rows } = await client.query<Omit<PostgresReport, 'aheadMs'> & { nowMs: number }>(asked)
    const { nowMs, ...report } = rows[0] as (typeof rows)[0]
    return { ...report, aheadMs: nowMs - (before + now()) / 2 }
  } finally {
    await client.end().catch(() => {}) // nothing is lost with it
  }
}
