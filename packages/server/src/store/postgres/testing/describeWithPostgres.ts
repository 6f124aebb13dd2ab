import { describeWithServers } from '../../../testing/describeWithServers.js'
import { hasPostgres } from './PostgresServer.js'

/** A suite that needs Postgres. */
export function describeWithPostgres(name: string, suite: () => void): void {
  describeWithServers(name, hasPostgres() ? [] : ['Postgres (Debian: apt-get install postgresql)'], suite)
}
