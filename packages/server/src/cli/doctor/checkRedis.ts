import type { BusAdapter } from '../../bus/BusAdapter.js'
import { inspectRedis, type RedisReport } from '../../bus/redis/inspectRedis.js'
import type { RedisPlace } from '../../bus/redis/RedisPlace.js'
import type { RedisAdapter } from '../../bus/redis/redis.js'
import { redisFault } from '../../bus/redis/redisFault.js'
import { type Finding, fine, problem } from './Finding.js'

/** Below this a burst of changes, or one large body, gets a node cut. Redis itself takes 8 MB. */
const neededReaderBytes = 8 << 20
const neededClientBytes = 64 << 20

export const isRedisAdapter = (bus: BusAdapter | undefined): bus is RedisAdapter => bus !== undefined && '~redis' in bus

/** Whether nodes could meet over the Redis of the configuration. */
export async function checkRedis(place: RedisPlace): Promise<Finding[]> {
  try {
    return redisFindings(await inspectRedis(place), place)
  } catch (error) {
    const { code, says } = redisFault(error, place.where)
    return [problem('redis', code, says)]
  }
}

export function redisFindings(report: RedisReport, { where, isCluster }: RedisPlace): Finding[] {
  const { version, mode, clusterState, readerBytes, clientBytes } = report
  const unfit = (says: string, mend: string) => problem('redis', 'REDIS_UNFIT', says, mend)
  const found: Finding[] = []
  const needed = isCluster ? 7 : 6.2
  if (Number.parseFloat(version) < needed) {
    found.push(unfit(`Redis ${version} at ${where} is too old.`, `Install Redis ${needed} or later.`))
  }
  if (mode === 'sentinel') {
    found.push(unfit(`${where} is a Sentinel.`, 'Give it as connection: { sentinels: [{ host, port }], name }.'))
  } else if (mode === 'cluster' && !isCluster) {
    found.push(unfit(`${where} is of a Redis Cluster: each message would go to all its nodes.`, 'Say cluster: true.'))
  } else if (mode !== 'cluster' && isCluster) {
    found.push(unfit(`${where} is no Redis Cluster.`, 'Leave out cluster: true.'))
  }
  if (clusterState !== null && clusterState !== 'ok') {
    found.push(unfit(`The state of the cluster is ${clusterState}.`, 'Look at CLUSTER INFO, and bring its nodes back.'))
  }
  if (readerBytes !== null && readerBytes < neededReaderBytes) {
    const says = `Redis cuts a reader for which ${megabytes(readerBytes)} MB wait.`
    found.push(unfit(says, 'CONFIG SET client-output-buffer-limit "pubsub 32mb 8mb 60", and in its configuration.'))
  }
  if (clientBytes !== null && clientBytes < neededClientBytes) {
    const says = `Redis cuts clients when ${megabytes(clientBytes)} MB wait for all of them.`
    found.push(unfit(says, 'CONFIG SET maxmemory-clients 0, or a larger bound.'))
  }
  return found.length > 0 ? found : [fine('redis', `Redis ${version} at ${where} answers and takes messages.`)]
}

const megabytes = (bytes: number): string => (bytes / 2 ** 20).toFixed(1)
