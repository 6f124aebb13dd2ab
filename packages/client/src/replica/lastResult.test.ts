import { systemRandom } from '@tidemark/core'
import { describe, expect, it } from 'vitest'
import { MemoryStorage } from '../storage/MemoryStorage.js'
import { soleLeadership } from '../tabs/soleTab.js'
import { Browser, mount, startNode, until } from '../testing/stage.js'
import { tasks } from '../testing/tracker.js'

describe('the first paint of a long list', () => {
  it('[CL-REPLICA-15] is what stood first when it was last caught up, while the rest is read', async () => {
    const node = await startNode()
    const ranks = Array.from({ length: 600 }, (_, index) => String(index).padStart(3, '0'))
    for (let at = 0; at < ranks.length; at += 100) {
      await node.workspace('acme').batch(tx => {
        for (const rank of ranks.slice(at, at + 100)) tx.insert(tasks, { title: rank, rank: `${rank}` })
      })
    }
    const query = { orderBy: '-rank' } as const
    const browser = new Browser()
    const before = browser.open('alice', node.url)
    mount(before.liveList(tasks, query))
    await before.settled()
    await before.close()

    let release: () => void = () => undefined
    const released = new Promise<void>(resolve => {
      release = resolve
    })
    class SlowStorage extends MemoryStorage {
      override async rows(of: Parameters<MemoryStorage['rows']>[0]): ReturnType<MemoryStorage['rows']> {
        if ('views' in of) await released
        return super.rows(of)
      }
    }
    const after = browser.open('alice', node.url, {
      platform: {
        openHome: () => ({
          storage: new SlowStorage(systemRandom, browser.memory),
          leadership: soleLeadership(),
          channel: null,
          nameLock: soleLeadership,
        }),
      },
    })
    after.disconnect()
    const list = after.liveList(tasks, query)
    const first = await until(list, ({ data }) => data.length > 0)
    expect(first.data.map(({ rank }) => rank)).toEqual(ranks.slice(-50).reverse())
    release()
    await until(list, ({ data }) => data.length === 600)
  })
})
