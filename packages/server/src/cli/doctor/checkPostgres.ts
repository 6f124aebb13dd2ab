import { placeOf } from '../../store/postgres/connectionTo.js'
import { inspectPostgres, type PostgresReport } from '../../store/postgres/inspectPostgres.js'
import { connectionsOf, leastVersion, type Settings } from '../../store/postgres/PostgresOptions.js'
import type { PostgresAdapter } from '../../store/postgres/postgres.js'
import { openError } from '../../store/postgres/postgresErrors.js'
import type { StoreAdapter } from '../../store/StoreAdapter.js'
import { spanOf, toleratedMs } from './checkClock.js'
import { type Finding, fine, problem, problemFrom } from './Finding.js'

export const isPostgresAdapter = (store: StoreAdapter | undefined): store is PostgresAdapter =>
  store !== undefined && '~postgres' in store

/** Whether nodes could keep what people write in the Postgres of the configuration. */
export async function checkPostgres(settings: Settings, now: () => number): Promise<Finding[]> {
  try {
    return postgresFindings(await inspectPostgres(settings, now), settings)
  } catch (error) {
    return [problemFrom('postgres', openError(error, settings.url))]
  }
}

export function postgresFindings(report: PostgresReport, settings: Settings): Finding[] {
  const { version, encoding, fsync, synchronousCommit, aheadMs, maxConnections, usedConnections, isStandby } = report
  const where = placeOf(settings.url)
  const found: Finding[] = []
  const unfit = (says: string, mend: string) => found.push(problem('postgres', 'BAD_CONFIG', says, mend))
  const name = `Postgres ${Math.floor(version / 10_000)}.${version % 10_000}`
  if (version < leastVersion)
    unfit(`${name} at ${where} is too old.`, `Install Postgres ${leastVersion / 10_000} or later.`)
  if (encoding !== 'UTF8') unfit(`The database is in ${encoding}.`, "Make one with ENCODING 'UTF8' TEMPLATE template0.")
  if (isStandby) unfit(`${where} is a standby: nothing can be written there.`, 'Give the address of the primary.')
  if (fsync === 'off') {
    unfit('fsync is off, so a power cut may destroy the database.', switchedOn('fsync'))
  }
  if (synchronousCommit === 'off') {
    unfit('synchronous_commit is off, so a crash loses what was answered.', switchedOn('synchronous_commit'))
  }
  if (Math.abs(aheadMs) > toleratedMs) {
    const says = `Its clock is ${spanOf(Math.abs(aheadMs))} ${aheadMs > 0 ? 'ahead of' : 'behind'} this machine's.`
    found.push(problem('postgres', 'CLOCK_OFF', says, 'Switch on time synchronisation on both machines.'))
  }
  const needed = connectionsOf(settings)
  const free = maxConnections - usedConnections
  if (free < needed) {
    const mend = `ALTER SYSTEM SET max_connections = ${usedConnections + needed + roomForOthers}; and restart it, or take fewer by postgres({ readConnections }).`
    unfit(`Of ${maxConnections} connections ${free} are free, and a node takes up to ${needed}.`, mend)
  }
  if (found.length > 0) return found
  const says = `${name} at ${where} answers. ${free} connections are free, for ${Math.floor(free / needed)} more nodes.`
  return [fine('postgres', says)]
}

/** For people with psql, backups and the next deploy. */
const roomForOthers = 20

const switchedOn = (setting: string): string => `ALTER SYSTEM SET ${setting} = on; SELECT pg_reload_conf();`
