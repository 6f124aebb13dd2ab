import { TidemarkError } from '@tidemark/core'
import { type NatMap, Redis, type RedisOptions } from 'ioredis'

export interface RedisBusOptions {
  /** `redis://user:password@host:6379`, or `rediss://` with TLS. Of a cluster one or more of its nodes. */
  readonly url?: string | readonly string[] | undefined
  /** A Redis Cluster: channels spread over its nodes, by sharded pub/sub (Redis 7). */
  readonly cluster?: boolean
  /** Begins the name of each channel, so that several apps can share a Redis. Left out: `tm`. */
  readonly prefix?: string
  /** What else ioredis takes for a connection: `sentinels` with `name`, `tls`, `path`, `natMap` … */
  readonly connection?: RedisOptions
}

/** Where Redis is and how a connection to it is made. Connections are made once: who wants one again makes another. */
export interface RedisPlace {
  readonly prefix: string
  readonly isCluster: boolean
  /** For a person; without a password. */
  readonly where: string
  readonly natMap: NatMap | undefined
  /** Of a cluster some nodes, else the one address. */
  readonly addresses: readonly RedisOptions[]
  connection(address: RedisOptions): Redis
}

/** Throws `BAD_CONFIG` for what cannot be an address. */
export function placeFrom(given: string | RedisBusOptions | undefined): RedisPlace {
  const options = typeof given === 'object' ? given : { url: given }
  const { url = [], cluster: isCluster = false, prefix = 'tm', connection = {} } = options
  const addresses = [url].flat().map(addressFrom)
  if (connection.path !== undefined || connection.sentinels || connection.host !== undefined) addresses.push({})
  if (addresses.length === 0) throw badConfig('redis() was given no address: is the environment variable set?')
  if (addresses.length > 1 && !isCluster) throw badConfig('redis() takes several addresses only with cluster: true.')
  if (!/^[\w:.-]{1,16}$/.test(prefix)) throw badConfig('The prefix of redis() is 1 to 16 letters, digits, or _ : . -')
  return {
    prefix,
    isCluster,
    addresses,
    natMap: connection.natMap,
    where: addresses.map(address => nameOf({ ...connection, ...address })).join(', '),
    connection: address => new Redis({ ...connectOnce, ...connection, ...address, ...never }),
  }
}

const connectOnce: RedisOptions = { connectTimeout: 2_000, connectionName: 'tidemark', failoverDetector: true }

/**
 * What a client of its own would do when a connection is lost is left to `RedisLine`: resending and resubscribing
 * behind its back would be losses that nobody is told of.
 */
const never = {
  lazyConnect: true,
  retryStrategy: () => null,
  sentinelRetryStrategy: () => null,
  enableOfflineQueue: false,
  autoResubscribe: false,
  autoResendUnfulfilledCommands: false,
  keyPrefix: '',
  replyMapping: 'legacy',
} satisfies RedisOptions

function addressFrom(url: string): RedisOptions {
  const { protocol, hostname, port, username, password } = parsed(url)
  if (protocol !== 'redis:' && protocol !== 'rediss:') {
    throw badConfig(`An address of Redis begins with redis:// or rediss://, not with ${protocol}//`)
  }
  return {
    host: hostname.replace(/^\[|\]$/g, ''),
    port: port === '' ? 6379 : Number(port),
    ...(username !== '' && { username: decodeURIComponent(username) }),
    ...(password !== '' && { password: decodeURIComponent(password) }),
    ...(protocol === 'rediss:' && { tls: {} }),
  }
}

/** The address is not repeated in the error: there may be a password in it. */
function parsed(url: string): URL {
  try {
    return new URL(url)
  } catch {
    throw badConfig('The address of Redis is none: give redis://host:6379')
  }
}

function nameOf({ path, sentinels, name, host = '127.0.0.1', port = 6379 }: RedisOptions): string {
  if (path !== undefined) return path
  return sentinels ? `${name} of ${sentinels.length} sentinels` : `${host}:${port}`
}

const badConfig = (message: string): TidemarkError => new TidemarkError('BAD_CONFIG', message)
