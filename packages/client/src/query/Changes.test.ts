import { topologies } from '@tidemark/server/testing'
import { describe, expect, it } from 'vitest'
import { Browser, mount, nodeStarter, until } from '../testing/stage.js'
import { tasks } from '../testing/tracker.js'

const all = tasks.list({})

describe.each(topologies)('listeners of changes at $topology', ({ nodeCount }) => {
  const startNode = nodeStarter(nodeCount)

  it('[CL-CHANGES-1] a named one goes on where it was after a reload; what it missed is one gap [G7]', async () => {
    const node = await startNode()
    const acme = node.workspace('acme')
    const browser = new Browser()
    const told: string[] = []
    const listen = (change: { kind: string; after?: unknown; from?: number; to?: number }): void => {
      const { title } = (change.after ?? {}) as { title?: string }
      told.push(change.kind === 'gap' ? `gap ${change.from}-${change.to}` : `${change.kind} ${title}`)
    }
    const first = browser.open('alice', node.url)
    first.changes(all).subscribe(listen, { name: 'bell' })
    mount(first.status)
    await first.settled()
    await acme.insert(tasks, { title: 'one' })
    await first.insert(tasks, { title: 'two' }).outcome
    await first.close()
    expect(told).toEqual(['insert one', 'insert two'])

    const second = browser.open('alice', node.url)
    second.changes(all).subscribe(listen, { name: 'bell' })
    mount(second.status)
    await second.settled()
    await second.close()
    expect(told).toEqual(['insert one', 'insert two'])

    await acme.insert(tasks, { title: 'three' })
    const third = browser.open('alice', node.url)
    third.changes(all).subscribe(listen, { name: 'bell' })
    mount(third.status)
    await third.settled()
    await third.insert(tasks, { title: 'four' }).outcome
    await third.close()
    expect(told).toEqual(['insert one', 'insert two', 'gap 2-3', 'insert four'])
  })

  it('[CL-CHANGES-2] of all tabs one holds a name, and the next one when that closes', async () => {
    const node = await startNode()
    const acme = node.workspace('acme')
    const browser = new Browser({ hasTabs: true })
    const tabs = [browser.open('alice', node.url), browser.open('alice', node.url)]
    const told: string[] = []
    for (const [index, tab] of tabs.entries()) {
      tab.changes(all).subscribe(change => told.push(`${index} ${change.kind}`), { name: 'bell' })
    }
    const [one, two] = tabs
    const list = two?.liveList(tasks, {})
    if (!one || !two || !list) throw new Error('two tabs')
    await until(list, ({ status }) => status === 'complete')
    await acme.insert(tasks, { title: 'one' })
    await until(list, ({ data }) => data.length === 1)
    await one.close()
    await until(list, ({ status }) => status === 'complete')
    await acme.insert(tasks, { title: 'two' })
    await until(list, ({ data }) => data.length === 2)
    await two.close()
    expect(told).toEqual(['0 insert', '1 insert'])
  })

  it('[CL-CHANGES-3] at least once: the position is kept after the listener returned', async () => {
    const node = await startNode()
    const browser = new Browser()
    const alice = browser.open('alice', node.url)
    const positions: unknown[] = []
    alice.changes(all).subscribe(() => positions.push(browser.memory.meta?.extra['told mail']), {
      name: 'mail',
      deliver: 'atLeastOnce',
    })
    mount(alice.status)
    await alice.settled()
    await alice.insert(tasks, { title: 'one' }).outcome
    await alice.close()
    expect(positions).toEqual([0])
    expect(browser.memory.meta?.extra['told mail']).toBe(1)
  })

  it('[CL-CHANGES-4] a listener that throws loses nobody else a change', async () => {
    const node = await startNode()
    const alice = new Browser().open('alice', node.url)
    const told: string[] = []
    const thrown: unknown[] = []
    const caught = (error: unknown): void => {
      thrown.push(error)
    }
    const earlier = process.listeners('uncaughtException')
    process.removeAllListeners('uncaughtException')
    process.once('uncaughtException', caught)
    try {
      alice.changes(all).subscribe(() => {
        throw new Error('of the app')
      })
      alice.changes(all).subscribe(({ kind }) => told.push(kind))
      await alice.settled()
      await alice.insert(tasks, { title: 'one' }).outcome
      expect(told).toEqual(['insert'])
      expect(thrown).toMatchObject([{ message: 'of the app' }])
    } finally {
      for (const listener of earlier) process.on('uncaughtException', listener)
    }
  })
})
