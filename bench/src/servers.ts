import { hasPostgres } from '@tidemark/server/testing/PostgresServer'
import { needsRedis } from '@tidemark/server/testing/RedisServer'

/** What a row can need that npm does not install. */
export type ServerName = 'Postgres' | 'Redis'

const isThere: Record<ServerName, () => boolean> = { Postgres: hasPostgres, Redis: () => needsRedis.isThere }

export const missingServers = (needed: readonly ServerName[]): ServerName[] => needed.filter(name => !isThere[name]())
