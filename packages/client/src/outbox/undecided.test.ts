import { leastReplicaAgeMs } from '@tidemark/core'
import { topologies } from '@tidemark/server/testing'
import { describe, expect, it } from 'vitest'
import { Browser, mount, nodeStarter, until } from '../testing/stage.js'
import { tasks } from '../testing/tracker.js'
import type { PendingEntry } from './PendingEntry.js'
import { wasSentLately } from './wasSentLately.js'

const now = 2 * leastReplicaAgeMs
const entry = (number: number, ageMs: number, kind: 'sent' | 'queued' = 'sent'): PendingEntry => ({
  writeId: `${number}`,
  mutation: { kind: 'void' },
  stamp: 0,
  seen: 0,
  queuedAt: now - ageMs,
  bytes: 0,
  state: { kind, number },
  calls: [`${number}`],
  parts: [],
  place: number,
})

describe('what was sent and never answered, under a name that the workspace does not know', () => {
  it.each([
    ['made just now', [entry(1, 0), entry(2, 0)], true],
    ['made within a week', [entry(1, leastReplicaAgeMs / 2 - 1)], true],
    ['made a week ago', [entry(1, leastReplicaAgeMs / 2), entry(2, 0)], false],
    ['made when the clock went ahead', [entry(1, -1)], false],
    ['not the first of the replica', [entry(2, 0)], false],
    ['not sent at all', [entry(1, 0, 'queued')], false],
    ['beside what is old and was not sent', [entry(1, 0), entry(2, leastReplicaAgeMs, 'queued')], true],
  ])('[CL-OUTBOX-23] is known to be undecided or not: %s', (_name, entries, isLately) => {
    expect(wasSentLately(entries, now)).toBe(isLately)
  })
})

describe.each(topologies)(
  'what was sent and never answered, under a name that the workspace does not know at $topology',
  ({ nodeCount }) => {
    const startNode = nodeStarter(nodeCount)

    it('[CL-OUTBOX-23] is sent again as it was, if nothing can have come of it [G7] [G15]', async () => {
      const node = await startNode()
      for (const ageMs of [0, leastReplicaAgeMs]) {
        const browser = new Browser()
        const before = browser.open('alice', node.url)
        mount(before.liveList(tasks, { orderBy: 'rank' }))
        await before.settled()
        before.disconnect()
        const { id, saved } = before.insert(tasks, { title: 'perhaps there' })
        await saved
        await before.close()
        // The push left, and never arrived.
        const { memory } = browser
        for (const stored of memory.outbox.values()) {
          memory.outbox.set(stored.number, { ...stored, isSent: true, queuedAt: stored.queuedAt - ageMs })
        }
        if (memory.meta) memory.meta = { ...memory.meta, sentNumber: 1 }
        const { replica } = memory.meta ?? {}
        const after = browser.open('alice', node.url)
        mount(after.liveList(tasks, { orderBy: 'rank' }))
        await after.settled()
        const isSentAgain = ageMs === 0
        expect(memory.meta?.replica === replica).toBe(isSentAgain)
        expect(await node.workspace('acme').get(tasks, id)).toEqual(
          isSentAgain ? expect.objectContaining({ title: 'perhaps there' }) : undefined,
        )
        await until(after.rejections, ({ items }) => items.length === (isSentAgain ? 0 : 1))
      }
    })
  },
)
