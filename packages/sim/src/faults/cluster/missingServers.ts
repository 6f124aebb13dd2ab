import { hasPostgres } from '@tidemark/server/testing/PostgresServer'
import { needsRedis } from '@tidemark/server/testing/RedisServer'

/** What is not installed here and a cluster needs, or null. */
export function missingServers(): string | null {
  const missing = [hasPostgres() ? [] : ['postgres'], needsRedis.note === '' ? [] : ['redis-server']].flat()
  return missing.length === 0 ? null : missing.join(' and ')
}
