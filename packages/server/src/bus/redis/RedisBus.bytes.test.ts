import type { BodyChange, Envelope, RowChange } from '@tidemark/core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { noLog } from '../../log/Log.js'
import { changesOf } from '../Bus.js'
import { KeptLog } from '../testing/KeptLog.js'
import { needsRedis, RedisServer } from '../testing/RedisServer.js'
import { noPulses, ownPrefix, redisBusAt, untilUp } from '../testing/redisBuses.js'
import { channelOf } from './channelOf.js'

const workspace = 'V1StGXR8_Z5jdHi6B-myT'
const userId = 'u4Jm8sXc1hYqF6gDzE0ob'
const at = 1_700_000_000_000
const record = { collection: 'tasks', id: 'pX9kQ2vR7tLmN4sWbZ1yc' }
const replica = 'rB7nK3xQ9wLpT5vMjH2sd'

const envelopeWith = (change: BodyChange | RowChange): Envelope => ({
  workspace,
  epoch: 300,
  from: change.seq - 1,
  to: change.seq,
  changes: [change],
  answers: [{ replica, answer: { number: 4_711, status: 'accepted' } }],
})

describe.runIf(needsRedis.isThere)(`what goes over Redis${needsRedis.note}`, () => {
  let server: RedisServer
  beforeAll(async () => {
    server = await RedisServer.start()
  })
  afterAll(() => server.remove())

  /** Bytes that Redis sent because of this: to the readers, and its replies to the publisher. */
  async function outputOf(work: () => Promise<unknown>): Promise<number> {
    const total = async () => Number(/total_net_output_bytes:(\d+)/.exec(await server.admin.info('stats'))?.[1])
    const first = await total()
    const before = await total()
    await work()
    return (await total()) - before - (before - first)
  }

  async function callsOf(command: string): Promise<number> {
    const stats = await server.admin.info('commandstats')
    return Number(new RegExp(`cmdstat_${command}:calls=(\\d+)`).exec(stats)?.[1] ?? 0)
  }

  /** Bytes of Redis for each of a hundred such changes, to two nodes that listen and one that does not. */
  async function bytesPerChange(change: BodyChange | RowChange): Promise<number> {
    const prefix = ownPrefix().slice(0, 2)
    const nodes = [0, 1, 2].map(() => redisBusAt({ url: server.url, prefix }, noLog, noPulses))
    await Promise.all(nodes.map(bus => untilUp(bus)))
    const [publisher, ...readers] = nodes
    const count = 100
    const arrivals = readers.map(async bus => {
      let left = count
      let resolve: () => void = () => undefined
      const all = new Promise<void>(settle => {
        resolve = settle
      })
      const { started } = bus.subscribe(changesOf(workspace), () => --left === 0 && resolve())
      await started
      return () => all
    })
    const waits = await Promise.all(arrivals)
    const bytes = await outputOf(async () => {
      for (let number = 0; number < count; number++) {
        publisher?.publish(changesOf(workspace), envelopeWith({ ...change, seq: 1_000_000 + number }))
      }
      await Promise.all(waits.map(wait => wait()))
    })
    await Promise.all(nodes.map(bus => bus.close()))
    return bytes / count / readers.length
  }

  it('[S-REDIS-8] a body edit is at most its update and 160 B for each node that listens', async () => {
    const update = new Uint8Array(25).fill(7)
    const bytes = await bytesPerChange({ kind: 'body', seq: 1, userId, at, ...record, update })
    expect(bytes).toBeLessThanOrEqual(update.length + 160)
  })

  it('[S-REDIS-8] a row edit is at most its row, the values before and 180 B for each node that listens', async () => {
    const meta = { $createdAt: at - 1e6, $createdBy: userId, $updatedAt: at, $updatedBy: userId }
    const after = { title: 'Buy milk', status: 'todo', assignee: null, rank: 'a0', votes: 3, labels: ['bug'], ...meta }
    const before = { status: 'done', $updatedAt: at - 5, $updatedBy: userId }
    const row = { kind: 'update', userId, at, ...record, fields: ['status'], after, before } as const
    const bytes = await bytesPerChange({ ...row, seq: 1 })
    expect(bytes).toBeLessThanOrEqual(JSON.stringify(after).length + JSON.stringify(before).length + 180)
  })

  it('[S-REDIS-6] subscriptions of one turn go out together, and so do the ends of them', async () => {
    const bus = redisBusAt(server.url, noLog, noPulses)
    await untilUp(bus)
    const before = [await callsOf('subscribe'), await callsOf('unsubscribe')] as const
    const topics = Array.from({ length: 1_000 }, (_, index) => changesOf(`w${index}`))
    const subscriptions = topics.map(topic => bus.subscribe(topic, () => undefined))
    await Promise.all(subscriptions.map(({ started }) => started))
    for (const { stop } of subscriptions) stop()
    await bus.subscribe(changesOf('another'), () => undefined).started
    expect((await callsOf('subscribe')) - before[0]).toBe(3)
    expect((await callsOf('unsubscribe')) - before[1]).toBe(2)
    await bus.close()
  })

  it('[S-REDIS-7] what makes no sense is dropped and said once, and the next message comes', async () => {
    const log = new KeptLog()
    const prefix = ownPrefix()
    const bus = redisBusAt({ url: server.url, prefix }, log, noPulses)
    await untilUp(bus)
    const topic = changesOf('acme')
    const came: number[] = []
    const { started } = bus.subscribe(topic, ({ to }) => came.push(to))
    bus.subscribe(topic, () => {
      throw new Error('a receiver with a fault')
    })
    await started
    const arrived = new Promise(resolve => bus.subscribe(changesOf('last'), resolve).started)
    const channel = channelOf(prefix, topic)
    for (const bytes of [[], [1], [1, 255, 255], [99, 1], [99, 2], [1, 0, 0, 4, 0, 0], [1, 0, 0, 5, 0, 0]]) {
      await server.admin.publish(channel, Buffer.from(bytes))
    }
    await server.admin.publish(channelOf(prefix, changesOf('last')), Buffer.from([1, 0, 0, 1, 0, 0]))
    await arrived
    expect(came).toEqual([4, 5])
    expect(log.count(/another version/)).toBe(1)
    expect(log.count(/was dropped/)).toBeGreaterThan(1)
    await bus.close()
  })

  it('[S-REDIS-8] apps with other prefixes hear nothing of each other', async () => {
    const [ours, theirs] = [ownPrefix(), ownPrefix()]
    const bus = redisBusAt({ url: server.url, prefix: ours }, noLog)
    const other = redisBusAt({ url: server.url, prefix: theirs }, noLog)
    await Promise.all([untilUp(bus), untilUp(other)])
    const came: string[] = []
    const own = new Promise<void>(resolve => {
      void bus.subscribe(changesOf('acme'), ({ to }) => {
        came.push(`ours ${to}`)
        resolve()
      }).started
    })
    await other.subscribe(changesOf('acme'), ({ to }) => came.push(`theirs ${to}`)).started
    await bus.subscribe(changesOf('acme'), () => undefined).started
    bus.publish(changesOf('acme'), { workspace: 'acme', epoch: 1, from: 0, to: 1, changes: [], answers: [] })
    await own
    // Redis serves its readers in turn: after an answer to the other bus, what came before it would be there.
    await other.subscribe(changesOf('end'), () => undefined).started
    expect(came).toEqual(['ours 1'])
    await Promise.all([bus.close(), other.close()])
  })
})
