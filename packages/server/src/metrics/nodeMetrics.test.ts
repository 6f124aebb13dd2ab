import { collection, defineSchema } from '@tidemark/core'
import { expect, it } from 'vitest'
import { z } from 'zod'
import { testNode } from '../testing/testNode.js'
import { WireClient } from '../testing/WireClient.js'
import { PromMetrics } from './PromMetrics.js'

const schema = defineSchema({ version: 1, collections: [collection('tasks', { title: z.string() })] })
const list = { kind: 'list', collection: 'tasks', where: {}, orderBy: ['title'], limit: null } as const
const one = { kind: 'record', collection: 'tasks', id: 'a' } as const
const insert = (id: string, title: string) =>
  ({ kind: 'write', write: { op: 'insert', collection: 'tasks', id, values: { title } } }) as const

async function start() {
  const metrics = new PromMetrics()
  const node = await testNode({ schema, metrics, limits: { queuedBytesPerSession: 2_000 } })
  const read = async (name: string) => {
    const line = (await metrics.text()).split('\n').find(line => line.startsWith(`tidemark_${name} `))
    return Number(line?.split(' ')[1])
  }
  const join = async (user: string) => {
    const client = new WireClient(node, user)
    await client.hello('acme', node.schema.hash)
    return client
  }
  return { node, read, join }
}

it('[S-HTTP-4] sessions, subscriptions and the views behind them are counted as they come and go', async () => {
  const { read, join } = await start()
  const [alice, bob] = [await join('alice'), await join('bob')]
  for (const client of [alice, bob]) {
    client.subscribe(1, list)
    client.subscribe(2, one)
    await client.hears('caughtUp')
  }
  expect([await read('sessions{kind="native"}'), await read('sessions_opened_total')]).toEqual([2, 2])
  expect([await read('subscriptions'), await read('views')]).toEqual([4, 2])
  alice.subscribe(2, list)
  expect([await read('subscriptions'), await read('views')]).toEqual([4, 2])
  alice.say({ type: 'unsubscribe', subIds: [1, 2, 9] })
  expect([await read('subscriptions'), await read('views')]).toEqual([2, 2])
  bob.disconnect()
  expect([await read('subscriptions'), await read('views')]).toEqual([0, 0])
  expect([await read('sessions{kind="native"}'), await read('sessions_opened_total')]).toEqual([1, 2])
})

it('[S-HTTP-4] messages and bytes are counted as they pass the sockets, catch-ups by their way', async () => {
  const { read, join } = await start()
  const alice = await join('alice')
  alice.subscribe(1, list)
  alice.push(insert('a', 'one'))
  await alice.hears('caughtUp')
  await alice.hears('changes')
  expect(await read('frames_received_total')).toBe(3)
  expect(await read('frames_sent_total')).toBe(alice.bytes.length)
  expect(await read('bytes_sent_total')).toBe(alice.bytes.reduce((sum, { length }) => sum + length, 0))
  expect(await read('catch_up_parts_total{way="whole"}')).toBe(1)
  expect(await read('catch_up_bytes_total{way="whole"}')).toBeGreaterThan(0)
})

it('[S-HTTP-4, S-SOCK-4] a slow session becomes a dirty set once, however much more there is to tell', async () => {
  const { node, read, join } = await start()
  const alice = await join('alice')
  alice.subscribe(1, list)
  await alice.hears('caughtUp')
  alice.bufferedBytes = 100_000
  for (let n = 0; n < 9; n++) await node.ask('acme', insert(`t${n}`, 'x'.repeat(500)))
  expect(await read('queue_overflows_total')).toBe(1)
  alice.drain()
  expect(await alice.hears('reconcile')).toMatchObject({ reason: 'behind' })
})
