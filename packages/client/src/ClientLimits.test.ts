import { describe, expect, it } from 'vitest'
import { type ClientLimits, clientLimitsFrom } from './ClientLimits.js'
import { openClient, startNode } from './testing/stage.js'
import { tasks } from './testing/tracker.js'

describe('the limits of a client', () => {
  it('[CL-OUTBOX-7] bound the outbox by the bytes that the app names, or 50 MB', async () => {
    expect(clientLimitsFrom()).toEqual({ outboxBytes: 52_428_800, undoSteps: 100 })
    const node = await startNode()
    const client = openClient('alice', node.url, { limits: { outboxBytes: 1_000 } })
    client.disconnect()
    await client.insert(tasks, { title: 'x'.repeat(500) }).saved
    const isFull = expect.objectContaining({ code: 'OUTBOX_FULL' })
    expect(() => client.insert(tasks, { title: 'y'.repeat(500) })).toThrow(isFull)
    client.connect()
    await client.settled()
    expect(await client.insert(tasks, { title: 'y'.repeat(500) }).outcome).toMatchObject({ status: 'accepted' })
  })

  it.each([
    [{ outboxBytes: 0 }, /limits\.outboxBytes is a number above 0, not 0/],
    [{ outboxBytes: Number.NaN }, /limits\.outboxBytes/],
    [{ outboxByte: 5 }, /no limits\.outboxByte/],
  ])('[CL-OUTBOX-7] that are wrong are named: %j', (given, message) => {
    expect(() => clientLimitsFrom(given as Partial<ClientLimits>)).toThrow(message)
  })
})
