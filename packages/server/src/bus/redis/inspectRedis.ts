import type { Redis } from 'ioredis'
import { pulseChannel } from './channelOf.js'
import { connected } from './connected.js'
import type { RedisPlace } from './RedisPlace.js'

/** What a Redis says of itself, as far as it matters for a bus. */
export interface RedisReport {
  readonly version: string
  /** `standalone`, `cluster` or `sentinel`. */
  readonly mode: string
  /** Of a cluster: `ok`, or what it is instead. */
  readonly clusterState: string | null
  /** What may wait for one reader before it is cut; null where Redis does not tell, infinite where it has no bound. */
  readonly readerBytes: number | null
  /** What may wait for all clients together before some are cut. */
  readonly clientBytes: number | null
}

const answerMs = 2_000

/** Asks the first address, and tries to publish there. Throws what keeps it from that. Leaves nothing behind. */
export async function inspectRedis({ addresses, connection, prefix, isCluster }: RedisPlace): Promise<RedisReport> {
  const redis = connection({ ...addresses[0], commandTimeout: answerMs })
  try {
    await connected(redis)
    const server = await redis.info('server')
    const mode = valueIn(server, 'redis_mode') ?? 'standalone'
    const state = mode === 'cluster' ? valueIn(String(await redis.cluster('INFO')), 'cluster_state') : null
    if (mode !== 'sentinel') await mayPublish(redis, pulseChannel(prefix, '0', 'doctor'), isCluster)
    return {
      version: valueIn(server, 'redis_version') ?? '',
      mode,
      clusterState: state ?? null,
      readerBytes: readerBytesIn(await setting(redis, 'client-output-buffer-limit')),
      clientBytes: bytesIn(await setting(redis, 'maxmemory-clients')),
    }
  } finally {
    redis.disconnect()
  }
}

/** Nobody listens on this channel. That it is another node's is no answer to the question. */
async function mayPublish(redis: Redis, channel: string, isSharded: boolean): Promise<void> {
  try {
    if (isSharded) await redis.spublish(channel, '')
    else await redis.publish(channel, '')
  } catch (error) {
    if (!/^(MOVED|CLUSTERDOWN)/.test((error as Error).message)) throw error
  }
}

/** Null where it cannot be asked for, as in most hosted ones. */
async function setting(redis: Redis, name: string): Promise<string | null> {
  const pair = (await redis.config('GET', name).catch(() => [])) as readonly string[]
  return pair[1] ?? null
}

/** `normal 0 0 0 … pubsub 33554432 8388608 60`: hard bound, soft bound, seconds. */
function readerBytesIn(limits: string | null): number | null {
  const [, hard, soft] = /pubsub (\d+) (\d+)/.exec(limits ?? '') ?? []
  if (hard === undefined || soft === undefined) return null
  return Math.min(unbounded(hard), unbounded(soft))
}

/** A share of the memory (`5%`) is not told in bytes. */
const bytesIn = (text: string | null): number | null => (text === null || text.endsWith('%') ? null : unbounded(text))

const unbounded = (bytes: string): number => (bytes === '0' ? Number.POSITIVE_INFINITY : Number(bytes))

const valueIn = (info: string, name: string): string | undefined =>
  new RegExp(`^${name}:(.*?)\\r?$`, 'm').exec(info)?.[1]
