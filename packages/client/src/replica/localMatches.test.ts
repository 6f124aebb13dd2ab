import { describe, expect, it } from 'vitest'
import { Browser, mount, startNode, until } from '../testing/stage.js'
import { tasks } from '../testing/tracker.js'

const isCached = ({ freshness, status }: { readonly freshness: string; readonly status: string }) =>
  freshness === 'cached' && status !== 'loading'

describe('what other subscriptions brought', () => {
  for (const tabs of ['one tab', 'a second tab']) {
    it(`[CL-LIST-8] is shown offline of a record and a list that were never asked for, after a reload, in ${tabs}`, async () => {
      const node = await startNode()
      const [id] = await Promise.all(['one', 'two'].map(title => node.workspace('acme').insert(tasks, { title })))
      const browser = new Browser({ hasTabs: true })
      const before = browser.open('alice', node.url)
      mount(before.liveList(tasks, {}))
      await before.settled()
      before.disconnect()
      await before.update(tasks, id as string, { rank: 'z' }).saved
      await before.close()
      await node.stop()

      const first = browser.open('alice', node.url)
      await until(first.status, ({ leader }) => leader)
      const after = tabs === 'one tab' ? first : browser.open('alice', node.url)
      await until(after.status, ({ connection }) => connection === 'offline')
      const record = await until(mount(after.liveRecord(tasks, id as string)), isCached)
      expect(record).toMatchObject({ status: 'ready', data: { title: 'one', rank: 'z' } })
      const list = mount(after.liveList(tasks, { where: { title: { startsWith: 't' } } }))
      const shown = await until(list, ({ data }) => data.length > 0)
      expect(shown).toMatchObject({ status: 'partial', data: [{ title: 'two' }] })
      const nothing = await until(mount(after.liveRecord(tasks, 'nowhere')), ({ status }) => status !== 'loading')
      expect(nothing).toMatchObject({ status: 'unavailable' })
    })
  }
})
