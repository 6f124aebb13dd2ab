import { hasPostgres } from '@tidemark/server/testing/PostgresServer'
import { needsRedis } from '@tidemark/server/testing/RedisServer'

/** What is not installed here and a cluster needs. */
export function missingServers(): string[] {
  return [hasPostgres() ? [] : ['postgres'], needsRedis.note === '' ? [] : ['redis-server']].flat()
}
