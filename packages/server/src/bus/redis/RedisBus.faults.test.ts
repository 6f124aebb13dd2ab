import type { Envelope } from '@tidemark/core'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Bus, changesOf } from '../Bus.js'
import { KeptLog } from '../testing/KeptLog.js'
import { RedisCluster } from '../testing/RedisCluster.js'
import { RedisSentinel } from '../testing/RedisSentinel.js'
import { needsRedis, RedisServer } from '../testing/RedisServer.js'
import { noPulses, redisBusAt, untilUp } from '../testing/redisBuses.js'
import { channelOf, slotOfChannel } from './channelOf.js'
import type { RedisBusOptions } from './RedisPlace.js'

const acme = changesOf('acme')
const channel = channelOf('tm', acme)
const envelopeTo = (to: number, bytes = 1): Envelope => ({
  workspace: 'acme',
  epoch: 1,
  from: to - 1,
  to,
  answers: [],
  changes: [{ kind: 'body', seq: to, userId: 'a', at: 1, collection: 'c', id: 'i', update: new Uint8Array(bytes) }],
})

/** What a bus told and got, in the order it came: positions of the workspace, and whether it was up. */
class Story {
  readonly told: (number | boolean)[] = []
  #waiting: { readonly position: number; resolve(): void } | null = null

  constructor(private readonly bus: Bus) {
    bus.watch(isUp => this.told.push(isUp))
  }

  async listen(): Promise<void> {
    await this.bus.subscribe(acme, ({ to }) => {
      this.told.push(to)
      if (to === this.#waiting?.position) this.#waiting.resolve()
    }).started
  }

  /** Publishes it, and resolves when it has come: what a bus that is up promises. */
  arrivalOf(position: number, from: Bus = this.bus, bytes = 1): Promise<void> {
    return new Promise(resolve => {
      this.#waiting = { position, resolve }
      from.publish(acme, envelopeTo(position, bytes))
    })
  }
}

const ends: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end()
})

let log: KeptLog
beforeEach(() => {
  log = new KeptLog()
})

async function serverWith(...settings: string[]): Promise<RedisServer> {
  const server = await RedisServer.start(...settings)
  ends.push(() => server.remove())
  return server
}

/** A bus that is up and listens, with its story. */
async function listeningBus(address: string | RedisBusOptions, pace?: Parameters<typeof redisBusAt>[2]) {
  const bus = redisBusAt(address, log, pace)
  ends.push(() => bus.close())
  await untilUp(bus)
  const story = new Story(bus)
  await story.listen()
  return { bus, story }
}

describe.runIf(needsRedis.isThere)(`RedisBus in trouble${needsRedis.note}`, () => {
  it('[S-REDIS-1] a Redis that is killed and comes again: down at once, then up, and all subscriptions are in force', async () => {
    const server = await serverWith()
    const { bus, story } = await listeningBus(server.url)
    await server.kill()
    await untilUp(bus, false)
    bus.publish(acme, envelopeTo(1))
    // What is subscribed to meanwhile does not wait for Redis, and is in force when it is back.
    const late: number[] = []
    await bus.subscribe(changesOf('late'), ({ to }) => late.push(to)).started
    await server.start()
    await untilUp(bus)
    bus.publish(changesOf('late'), envelopeTo(2))
    await story.arrivalOf(3)
    expect(story.told).toEqual([true, false, true, 3])
    expect(late).toEqual([2])
    expect(log.count(/cannot be used/)).toBeLessThanOrEqual(2)
  })

  it.each(['pubsub', 'normal'])('[S-REDIS-1] connections that Redis cuts: CLIENT KILL TYPE %s', async type => {
    const server = await serverWith()
    const { bus, story } = await listeningBus(server.url)
    await server.admin.call('CLIENT', 'KILL', 'TYPE', type, 'SKIPME', 'yes')
    await untilUp(bus, false)
    await untilUp(bus)
    await story.arrivalOf(1)
    expect(story.told).toEqual([true, false, true, 1])
  })

  it('[S-REDIS-1] a reader that Redis cuts because it is too slow', async () => {
    const server = await serverWith('--client-output-buffer-limit', 'pubsub 64kb 0 0')
    const { bus, story } = await listeningBus(server.url)
    bus.publish(acme, envelopeTo(1, 1 << 20))
    await untilUp(bus, false)
    await untilUp(bus)
    await story.arrivalOf(2)
    expect(story.told).toEqual([true, false, true, 2])
  })

  it('[S-REDIS-2] a Redis that says nothing any more is given up, and publishing to it waits for nothing', async () => {
    const server = await serverWith()
    const { bus, story } = await listeningBus(server.url)
    server.signal('SIGSTOP')
    const isDown = untilUp(bus, false)
    bus.publish(acme, envelopeTo(1))
    await isDown
    expect(log.count(/nothing came back for 0.6 s/)).toBe(1)
    bus.publish(acme, envelopeTo(2))
    server.signal('SIGCONT')
    await untilUp(bus)
    await story.arrivalOf(3)
    expect(story.told.filter(told => told !== 1)).toEqual([true, false, true, 3])
  })

  it('[S-BUS-5] a subscription has not started before Redis says so', async () => {
    const server = await serverWith()
    const { bus } = await listeningBus(server.url, noPulses)
    server.signal('SIGSTOP')
    let hasStarted = false
    const started = bus
      .subscribe(changesOf('beta'), () => undefined)
      .started.then(() => {
        hasStarted = true
      })
    for (let turn = 0; turn < 20; turn++) await new Promise(resolve => setImmediate(resolve))
    expect(hasStarted).toBe(false)
    server.signal('SIGCONT')
    await started
  })

  it('[S-REDIS-3] what waits for a Redis that takes nothing is bounded: beyond it the bus is down', async () => {
    const server = await serverWith()
    const { bus, story } = await listeningBus(server.url, noPulses)
    server.signal('SIGSTOP')
    const isDown = untilUp(bus, false)
    for (let to = 1; to <= 20; to++) bus.publish(acme, envelopeTo(to, 1 << 20))
    await isDown
    expect(log.count(/16 MB wait/)).toBe(1)
    expect(story.told).toEqual([true, false])
    server.signal('SIGCONT')
  })

  it('[S-REDIS-1] a user who may listen but not publish: never up, for it does not hear itself', async () => {
    const server = await serverWith()
    await server.admin.acl('SETUSER', 'bob', 'on', '>pass', 'allchannels', '+@all', '-publish')
    const bus = redisBusAt(server.url.replace('//', '//bob:pass@'), log)
    ends.push(() => bus.close())
    const { told } = new Story(bus)
    await log.said(/NOPERM/)
    expect(told).toEqual([false])
  })

  it('[S-REDIS-1] FLUSHALL changes nothing', async () => {
    const server = await serverWith()
    const { story } = await listeningBus(server.url)
    await server.admin.flushall()
    await story.arrivalOf(1)
    expect(story.told).toEqual([true, 1])
  })

  it('[S-REDIS-1] a master that became a replica is left', async () => {
    const server = await serverWith()
    const { bus, story } = await listeningBus(server.url)
    await server.admin.replicaof('127.0.0.1', 1)
    await untilUp(bus, false)
    await log.said(/is a slave now/)
    await server.admin.replicaof('NO', 'ONE')
    await untilUp(bus)
    await story.arrivalOf(1)
    expect(story.told).toEqual([true, false, true, 1])
  })

  it('[S-REDIS-4] whatever is cut when: no hole without a word of it, nothing twice, nothing out of order', async () => {
    const server = await serverWith()
    const { bus, story } = await listeningBus(server.url)
    let next = 1
    for (let cut = 0; cut < 12; cut++) {
      const type = cut % 2 === 0 ? 'pubsub' : 'normal'
      const isDown = untilUp(bus, false)
      for (let count = 0; count < 40; count++) bus.publish(acme, envelopeTo(next++))
      const killed = server.admin.call('CLIENT', 'KILL', 'TYPE', type, 'SKIPME', 'yes')
      let isOver = false
      void isDown.then(() => {
        isOver = true
      })
      while (!isOver) {
        bus.publish(acme, envelopeTo(next++))
        await new Promise(resolve => setImmediate(resolve))
      }
      await killed
      await untilUp(bus)
    }
    await story.arrivalOf(next)
    let last = 0
    let hasBeenDown = false
    for (const told of story.told) {
      if (told === false) hasBeenDown = true
      if (typeof told !== 'number') continue
      expect(told).toBeGreaterThan(last)
      if (!hasBeenDown) expect(told).toBe(last + 1)
      hasBeenDown = false
      last = told
    }
    expect(story.told.filter(told => told === false).length).toBe(12)
    expect(last).toBe(next)
  })
})

describe.runIf(needsRedis.isThere)(`RedisBus on a Redis Cluster in trouble${needsRedis.note}`, () => {
  let cluster: RedisCluster
  beforeEach(async () => {
    cluster = await RedisCluster.start()
    ends.push(() => cluster.remove())
  })

  it('[S-REDIS-5] a slot that moves takes its channels along', async () => {
    const { bus, story } = await listeningBus({ url: cluster.urls, cluster: true })
    const slot = slotOfChannel(channel)
    const { other } = await cluster.around(slot)
    await cluster.moveSlot(slot, other)
    await untilUp(bus, false)
    await untilUp(bus)
    await story.arrivalOf(1)
    expect(story.told).toEqual([true, false, true, 1])
  })

  it('[S-REDIS-5] a publisher that nobody told of the move is told by its next message', async () => {
    const publisher = redisBusAt({ url: cluster.urls, cluster: true }, log)
    ends.push(() => publisher.close())
    await untilUp(publisher)
    const { bus, story } = await listeningBus({ url: cluster.urls, cluster: true })
    const slot = slotOfChannel(channel)
    const { other } = await cluster.around(slot)
    const areDown = [untilUp(publisher, false), untilUp(bus, false)]
    await cluster.moveSlot(slot, other)
    publisher.publish(acme, envelopeTo(1))
    await Promise.all(areDown)
    await Promise.all([untilUp(publisher), untilUp(bus)])
    await log.said(/MOVED/)
    await story.arrivalOf(2, publisher)
    expect(story.told).toEqual([true, false, true, 2])
  })

  it('[S-REDIS-5] a node that dies and comes again: down until the cluster is whole', async () => {
    const { bus, story } = await listeningBus({ url: cluster.urls, cluster: true })
    const { other } = await cluster.around(slotOfChannel(channel))
    await other.kill()
    await untilUp(bus, false)
    await other.start()
    await untilUp(bus)
    await story.arrivalOf(1)
    expect(story.told).toEqual([true, false, true, 1])
  })
})

describe.runIf(needsRedis.isThere)(`RedisBus with Sentinel${needsRedis.note}`, () => {
  it('[S-REDIS-5] follows the master through a failover', async () => {
    const place = await RedisSentinel.start()
    ends.push(() => place.remove())
    const sentinels = [{ host: '127.0.0.1', port: place.sentinel.port }]
    const { bus, story } = await listeningBus({ connection: { sentinels, name: 'main' } })
    await place.failover()
    await untilUp(bus, false)
    await untilUp(bus)
    await story.arrivalOf(1)
    const isUpAtReplica = await place.replica.admin.pubsub('CHANNELS', channel)
    expect(isUpAtReplica).toEqual([channel])
  })
})
