import { systemRandom } from '@tidemark/core'
import { topologies } from '@tidemark/server/testing'
import { describe, expect, it } from 'vitest'
import { MemoryStorage } from '../storage/MemoryStorage.js'
import type { OutboxEntry, StoredRejection, StoredReplica } from '../storage/ReplicaStorage.js'
import { soleLeadership } from '../tabs/soleTab.js'
import { Browser, mount, nodeStarter, until } from '../testing/stage.js'
import { tasks } from '../testing/tracker.js'

/** Things happen while it renews the replica. */
class SlowRenewal extends MemoryStorage {
  renewing = (): void => {}
  #done = (): void => {}
  readonly renewed = new Promise<void>(resolve => {
    this.#done = resolve
  })

  override async renew(
    replica: string,
    verdict: (entry: OutboxEntry) => StoredRejection | null,
  ): Promise<StoredReplica> {
    this.renewing()
    const stored = await super.renew(replica, verdict)
    this.#done()
    return stored
  }
}

const homeOf = (storage: MemoryStorage) => () => ({
  storage,
  leadership: soleLeadership(),
  channel: null,
  nameLock: soleLeadership,
})

describe.each(topologies)('a replica that the workspace does not know any more [A7] at $topology', ({ nodeCount }) => {
  const startNode = nodeStarter(nodeCount)

  it('[CL-OUTBOX-20] sends edits and unsent entries under a new name, and asks about the rest [G7] [G15]', async () => {
    const node = await startNode()
    const other = await startNode()
    const browser = new Browser()
    const before = browser.open('alice', node.url)
    mount(before.liveList(tasks, { orderBy: 'rank' }))
    const { id } = before.insert(tasks, { title: 'known', rank: 'a' })
    await other.workspace('acme').insert(tasks, { id, title: 'known', rank: 'a' })
    await before.settled()
    before.disconnect()
    before.update(tasks, id, { title: 'edited' })
    before.insert(tasks, { title: 'perhaps there', rank: 'b' })
    before.update(tasks, id, { votes: { increment: 1 } })
    const unsent = before.insert(tasks, { title: 'unsent', rank: 'c' })
    await unsent.saved
    await before.close()
    // What a lost answer leaves behind: sent, and nobody knows what became of it.
    const { outbox } = browser.memory
    for (const entry of [...outbox.values()].filter(({ writeId }) => writeId !== unsent.writeId)) {
      outbox.set(entry.number, { ...entry, isSent: true })
    }
    const after = browser.open('alice', other.url)
    mount(after.liveList(tasks, { orderBy: 'rank' }))
    await after.settled()
    expect(await other.workspace('acme').list(tasks, { orderBy: 'rank' })).toMatchObject([
      { title: 'edited', votes: 0 },
      { title: 'unsent' },
    ])
    const { items } = await until(after.rejections, ({ items }) => items.length === 2)
    expect(items).toMatchObject([
      { code: 'UNKNOWN', op: 'insert', row: { title: 'perhaps there' } },
      { code: 'UNKNOWN', op: 'update', patch: { votes: { increment: 1 } } },
    ])
  })

  it('[CL-OUTBOX-24] connects when all of it is renewed, though it is asked to before, unless it is not to by then', async () => {
    const node = await startNode()
    const other = await startNode()
    for (const isWanted of [true, false]) {
      const browser = new Browser()
      const before = browser.open('alice', node.url)
      await before.insert(tasks, { title: 'known', rank: 'a' }).outcome
      await before.close()
      const storage = new SlowRenewal(systemRandom, browser.memory)
      const after = browser.open('alice', other.url, { platform: { openHome: homeOf(storage) } })
      const list = after.liveList(tasks, { orderBy: 'rank' })
      mount(list)
      storage.renewing = () => (isWanted ? after.connect() : after.disconnect())
      if (isWanted) await until(list, ({ status, freshness }) => status === 'complete' && freshness === 'live')
      else await storage.renewed
      expect(after.status.getSnapshot().connection).toBe(isWanted ? 'online' : 'offline')
    }
  })

  it('[CL-OUTBOX-21] gives no number again that a lost storage had given out already [G7]', async () => {
    const node = await startNode()
    const browser = new Browser()
    const before = browser.open('alice', node.url)
    mount(before.liveList(tasks, {}))
    await before.insert(tasks, { title: 'one' }).outcome
    const { meta } = browser.memory
    await before.insert(tasks, { title: 'two' }).outcome
    await before.close()
    // A power cut: the last transactions never reached the disk.
    browser.memory.meta = meta
    const after = browser.open('alice', node.url)
    mount(after.liveList(tasks, {}))
    await after.settled()
    expect(await after.insert(tasks, { title: 'three' }).outcome).toMatchObject({ status: 'accepted' })
    expect(await node.workspace('acme').list(tasks, { where: { title: 'three' } })).toHaveLength(1)
  })
})
