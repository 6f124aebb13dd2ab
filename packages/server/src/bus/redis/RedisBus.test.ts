import { afterAll, beforeAll, describe } from 'vitest'
import { noLog } from '../../log/Log.js'
import { busContract } from '../testing/busContract.js'
import { RedisCluster } from '../testing/RedisCluster.js'
import { needsRedis, RedisServer } from '../testing/RedisServer.js'
import { ownPrefix, redisBusAt, untilUp } from '../testing/redisBuses.js'
import type { RedisBusOptions } from './RedisPlace.js'

/** Two buses in a corner of their own. */
async function busesAt(options: RedisBusOptions) {
  const prefix = ownPrefix()
  const alice = redisBusAt({ ...options, prefix }, noLog)
  const bob = redisBusAt({ ...options, prefix }, noLog)
  await Promise.all([untilUp(alice), untilUp(bob)])
  return { alice, bob, remove: async () => undefined }
}

describe.runIf(needsRedis.isThere)(`RedisBus on one Redis${needsRedis.note}`, () => {
  let server: RedisServer
  beforeAll(async () => {
    server = await RedisServer.start()
  })
  afterAll(() => server.remove())

  busContract(() => busesAt({ url: server.url }))
})

describe.runIf(needsRedis.isThere)(`RedisBus on a Redis Cluster${needsRedis.note}`, () => {
  let cluster: RedisCluster
  beforeAll(async () => {
    cluster = await RedisCluster.start()
  })
  afterAll(() => cluster.remove())

  busContract(() => busesAt({ url: cluster.urls, cluster: true }))
})
