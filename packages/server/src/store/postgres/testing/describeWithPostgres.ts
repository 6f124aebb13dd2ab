import { describe } from 'vitest'
import { hasPostgres } from './PostgresServer.js'

/** A suite that needs Postgres. Without one it is skipped and says so, but not where all must run. */
export function describeWithPostgres(name: string, suite: () => void): void {
  if (hasPostgres() || process.env.CI === 'true') describe(name, suite)
  else describe.skip(`${name}: left out, for want of Postgres (Debian: apt-get install postgresql)`, suite)
}
