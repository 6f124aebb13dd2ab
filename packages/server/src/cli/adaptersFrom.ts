import { redis } from '../bus/redis/redis.js'
import type { StartOptions } from '../startNode.js'
import { postgres } from '../store/postgres/postgres.js'
import type { CliConsole } from './CliConsole.js'

/** The store and the bus of a configuration; what it leaves out, as the environment names it. Throws `BAD_CONFIG`. */
export function adaptersFrom(
  given: Partial<StartOptions>,
  { DATABASE_URL, REDIS_URL }: CliConsole['env'],
): Pick<StartOptions, 'store' | 'bus'> {
  const store = given.store ?? (DATABASE_URL ? postgres(DATABASE_URL) : undefined)
  const bus = given.bus ?? (REDIS_URL ? redis(REDIS_URL) : undefined)
  return { ...(store !== undefined && { store }), ...(bus !== undefined && { bus }) }
}
