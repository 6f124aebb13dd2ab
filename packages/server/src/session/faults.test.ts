import { defineSchema, openCollection } from '@tidemark/core'
import { describe, expect, it } from 'vitest'
import { systemScheduler } from '../socket/Scheduler.js'
import { testNode } from '../testing/testNode.js'
import { WireClient } from '../testing/WireClient.js'

const schema = defineSchema({ version: 1, collections: [openCollection('pages')] })

/** A node on which a user has six faults a minute, at a time that the test sets. One: each counts for itself. */
async function start() {
  const clock = { nowMs: 1_000 }
  const scheduler = { ...systemScheduler, now: () => clock.nowMs }
  const node = await testNode({ schema, scheduler, limits: { faultsPerMinute: 6 } })
  const join = async (user: string) => {
    const client = new WireClient(node, user)
    await client.hello()
    return client
  }
  /** A second hello is nonsense. */
  const offend = async (user: string) => {
    const client = await join(user)
    await client.hello().catch(() => undefined)
    expect(await client.closed()).toMatchObject({ reason: 'BAD_FRAME' })
  }
  return { clock, node, join, offend }
}

describe('who says nonsense again and again', () => {
  it('[S-SESS-5] is told when to come back, and is let in then', async () => {
    const { clock, node, join, offend } = await start()
    for (let n = 0; n < 6; n++) await offend('mallory')
    const early = new WireClient(node, 'mallory')
    await expect(early.hello()).rejects.toThrow('BUSY')
    expect(early.heard).toMatchObject([{ type: 'busy', retryAfterMs: 10_000 }, { type: 'goodbye' }])
    clock.nowMs += 9_000
    await expect(join('mallory')).rejects.toThrow('BUSY')
    clock.nowMs += 1_000
    await offend('mallory')
    await expect(join('mallory')).rejects.toThrow('BUSY')
  })

  it('[S-SESS-5] has no part in how others are served, nor loses the sessions that are open', async () => {
    const { join, offend } = await start()
    const open = await join('mallory')
    for (let n = 0; n < 6; n++) await offend('mallory')
    await expect(join('mallory')).rejects.toThrow('BUSY')
    await join('alice')
    open.subscribe(1, { kind: 'body', collection: 'pages', id: 'p' })
    await open.hears('caughtUp')
  })
})
