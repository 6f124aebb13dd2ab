import { memory } from '@tidemark/server'
import { describe, expect, it } from 'vitest'
import { Browser, mount, startNode, until } from '../testing/stage.js'
import { tasks } from '../testing/tracker.js'

describe('a replica that the workspace does not know any more [A7]', () => {
  it('[CL-OUTBOX-20] sends edits and unsent entries under a new name, and asks about the rest [G7] [G15]', async () => {
    const node = await startNode()
    const other = await startNode({ store: memory() })
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
