import { defineSchema, openCollection } from '@tidemark/core'
import { expect, it } from 'vitest'
import { ManualScheduler } from '../socket/testing/ManualScheduler.js'
import { testNode } from '../testing/testNode.js'
import { WireClient } from '../testing/WireClient.js'

const schema = defineSchema({ version: 1, collections: [openCollection('pages')] })

/** A node whose time the test moves, a second at a time, with all promises run dry in between. One: the clocks are its own. */
async function start() {
  const scheduler = new ManualScheduler()
  const node = await testNode({ schema, scheduler })
  const pass = async (seconds: number) => {
    for (let second = 0; second < seconds; second++) {
      await new Promise(resolve => setImmediate(resolve))
      scheduler.turn()
      scheduler.advance(1_000)
      scheduler.turn()
    }
  }
  const join = async (user: string) => {
    const client = new WireClient(node, user)
    const welcome = client.hello('acme', node.schema.hash)
    while (client.heard.length === 0 && client.bytes.length === 0) {
      await new Promise(resolve => setImmediate(resolve))
      scheduler.turn()
      scheduler.advance(1)
    }
    await welcome
    return client
  }
  const beatsOf = ({ heard }: WireClient) => heard.splice(0).filter(({ type }) => type === 'heartbeat').length
  return { scheduler, node, pass, join, beatsOf }
}

it('[S-SESS-4] a heartbeat comes after 8 s in which nothing was said, and not before', async () => {
  const { pass, join, beatsOf } = await start()
  const alice = await join('alice')
  await pass(7)
  expect(beatsOf(alice)).toBe(0)
  await pass(1)
  expect(beatsOf(alice)).toBe(1)
  alice.say({ type: 'ping' })
  await pass(5)
  alice.subscribe(1, { kind: 'body', collection: 'pages', id: 'p1' })
  await pass(7)
  expect(alice.heard.map(({ type }) => type)).toContain('caughtUp')
  expect(beatsOf(alice)).toBe(0)
  await pass(2)
  expect(beatsOf(alice)).toBe(1)
})

it('[S-SESS-4] a client that is silent for 60 s is gone, one that pings stays', async () => {
  const { pass, join } = await start()
  const [alice, bob] = [await join('alice'), await join('bob')]
  for (let round = 0; round < 4; round++) {
    await pass(17)
    bob.say({ type: 'ping' })
  }
  expect(alice.closedWith).toMatchObject({ reason: 'HEARTBEAT_LOST' })
  expect(bob.closedWith).toBeNull()
})

it('[S-SOCK-11, P24] many idle sessions wait on one timer, and none is left when they are gone', async () => {
  const { scheduler, pass, join } = await start()
  const alice = await join('alice')
  await pass(6)
  const { waiting } = scheduler
  const others: WireClient[] = []
  for (let other = 0; other < 50; other++) others.push(await join(`bob-${other}`))
  await pass(6)
  expect(scheduler.waiting).toBe(waiting)
  for (const client of [alice, ...others]) client.disconnect()
  expect(scheduler.waiting).toBe(waiting - 1)
})
