import { collection, defineSchema, schemaModelOf } from '@tidemark/core'
import { expect, it } from 'vitest'
import { z } from 'zod'
import { createLog } from '../log/createLog.js'
import { PromMetrics } from '../metrics/PromMetrics.js'
import { ManualScheduler } from '../socket/testing/ManualScheduler.js'
import { memory } from '../store/memory/MemoryStore.js'
import type { Store } from '../store/Store.js'
import { testNode } from '../testing/testNode.js'

const schema = defineSchema({ version: 1, collections: [collection('tasks', { title: z.string() })] })
const gone = () => Promise.reject(new Error('gone'))
const silent = () => new Promise<never>(() => undefined)

async function joined() {
  const store: Store = await memory().open(schemaModelOf(schema))
  const renew = store.renew.bind(store)
  const scheduler = new ManualScheduler()
  const metrics = new PromMetrics()
  const said: string[] = []
  const log = createLog({ level: 'warn', write: line => said.push(JSON.parse(line).msg) })
  const node = await testNode({ schema, store, scheduler, log, metrics, shardCount: 8, leaseMs: 5_000 })
  await node.cluster.join()
  const passes = async (ms: number) => {
    scheduler.advance(ms)
    await new Promise(setImmediate)
  }
  const storeUp = async () => /^tidemark_store_up (\d)$/m.exec(await metrics.text())?.[1]
  return { node, store, renew, said, passes, storeUp, text: () => metrics.text() }
}

it('[S-CLUSTER-8] a node whose lease cannot be renewed is not ready, says so once, and again when it is back', async () => {
  const { node, store, renew, said, passes, storeUp } = await joined()
  expect(await node.reachesStore()).toBe(true)
  store.renew = gone
  await passes(1_000)
  expect(await node.reachesStore()).toBe(false)
  await passes(3_000)
  expect([said, await storeUp()]).toEqual([[expect.stringContaining('The store cannot be reached')], '0'])
  store.renew = renew
  await passes(1_000)
  expect([await node.reachesStore(), said[1]]).toEqual([true, 'the store answers again'])
  await passes(1_000)
  expect([said.length, await storeUp()]).toEqual([2, '1'])
  await node.stop()
})

it('[S-CLUSTER-8] so is one whose store is silent for as long as the lease lasts', async () => {
  const { node, store, said, passes } = await joined()
  store.renew = silent
  await passes(5_000)
  expect([await node.reachesStore(), said]).toEqual([true, []])
  await passes(2_000)
  expect([await node.reachesStore(), said.length]).toEqual([false, 1])
  await node.stop()
})

it('[S-CLUSTER-8] one that cannot ask the store when it comes does not join', async () => {
  const store: Store = await memory().open(schemaModelOf(schema))
  store.renew = gone
  const node = await testNode({ schema, store })
  await expect(node.cluster.join()).rejects.toThrow('gone')
  await node.stop()
})

it('[S-HTTP-4] nodes and shards are told as this one sees them', async () => {
  const { node, text } = await joined()
  expect(await text()).toMatch(/^tidemark_nodes 1$/m)
  expect(await text()).toMatch(/^tidemark_shards 8$/m)
  expect(await text()).toMatch(/^tidemark_bus_up 1$/m)
  await node.stop()
})
