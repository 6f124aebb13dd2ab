import { topologies } from '@tidemark/server/testing'
import { describe, expect, it } from 'vitest'
import type * as Y from 'yjs'
import type { LiveStore } from '../LiveState.js'
import { Browser, mount, nodeStarter, openClient, until } from '../testing/stage.js'
import { pages, tasks } from '../testing/tracker.js'

interface Shown {
  readonly text: Y.Text | undefined
}

const textIs = (expected: string) => (shown: Shown) => shown.text?.toString() === expected

/** Waits for the content of a text: its store speaks only of another text object. */
async function untilText(store: LiveStore<Shown>, expected: string): Promise<Y.Text> {
  const { text } = await until(store, shown => shown.text !== undefined)
  if (text === undefined) throw new Error('there is no text')
  if (text.toString() !== expected) {
    await new Promise<void>(resolve => text.observe(() => text.toString() === expected && resolve()))
  }
  return text
}

describe.each(topologies)('bodies through the replica at $topology', ({ nodeCount }) => {
  const startNode = nodeStarter(nodeCount)

  it('shows the start text of an insert at once, and edits of both to both', async () => {
    const node = await startNode()
    const [alice, bob] = [openClient('alice', node.url), openClient('bob', node.url)]
    const { id } = alice.insert(tasks, { title: 'one', notes: 'hello' })
    const own = alice.text(tasks, id, 'notes')
    const mine = await untilText(own, 'hello')
    await alice.settled()
    const theirs = bob.text(tasks, id, 'notes')
    const text = await untilText(theirs, 'hello')
    text.insert(5, ' world')
    await untilText(own, 'hello world')
    mine.insert(0, '> ')
    await untilText(theirs, '> hello world')
  })

  it('keeps a body offline, and what was typed there [G13]', async () => {
    const node = await startNode()
    const browser = new Browser()
    const before = browser.open('alice', node.url)
    const { id } = before.insert(tasks, { title: 'one', notes: 'kept' })
    await before.settled()
    await untilText(before.text(tasks, id, 'notes'), 'kept')
    await before.settled()
    await before.close()

    const offline = browser.open('alice', node.url)
    offline.disconnect()
    const shown = await until(offline.text(tasks, id, 'notes'), textIs('kept'))
    shown.text?.insert(4, ' here')
    await offline.close()

    const after = browser.open('alice', node.url)
    const text = after.text(tasks, id, 'notes')
    await untilText(text, 'kept here')
    await after.settled()
    const bob = openClient('bob', node.url)
    await untilText(bob.text(tasks, id, 'notes'), 'kept here')
  })

  it('gives a new text object, the refused text in the inbox, and lets edits go on after a refusal [G15]', async () => {
    let isRefusing = false
    const node = await startNode({
      access: { workspace: () => 'write', collections: { tasks: { write: () => (isRefusing ? 'not now' : true) } } },
    })
    const alice = openClient('alice', node.url)
    const { id } = alice.insert(tasks, { title: 'one', notes: 'base' })
    await alice.settled()
    const store = alice.text(tasks, id, 'notes')
    const text = await untilText(store, 'base')
    isRefusing = true
    text.insert(4, ' refused')
    await until(alice.rejections, ({ items }) => items.length > 0)
    const rebuilt = await until(store, shown => shown.text !== text && shown.text?.toString() === 'base')
    expect(alice.rejections.getSnapshot().items).toMatchObject([{ code: 'DENIED', text: ' refused' }])
    isRefusing = false
    rebuilt.text?.insert(4, ' allowed')
    await alice.settled()
    const bob = openClient('bob', node.url)
    await untilText(bob.text(tasks, id, 'notes'), 'base allowed')
  })

  it('makes the record of an open collection with its first edit', async () => {
    const node = await startNode()
    const [alice, bob] = [openClient('alice', node.url), openClient('bob', node.url)]
    const shown = await until(alice.doc(pages, 'home'), ({ doc }) => doc !== undefined)
    shown.doc?.getMap('board').set('shape', 'circle')
    await alice.settled()
    const theirs = await until(bob.doc(pages, 'home'), ({ doc }) => doc !== undefined)
    const board = theirs.doc?.getMap('board')
    if (board?.size === 0) await new Promise<void>(resolve => board.observe(() => resolve()))
    expect(board?.get('shape')).toBe('circle')
  })

  it('tells whoever waits for a document of an open collection when it is made', async () => {
    const node = await startNode()
    const [alice, bob] = [openClient('alice', node.url), openClient('bob', node.url)]
    const theirs = await until(bob.doc(pages, 'home'), ({ doc, status }) => doc !== undefined && status === 'ready')
    const board = theirs.doc?.getMap('board')
    const heard = new Promise<void>(resolve => board?.observe(() => resolve()))
    const mine = await until(alice.doc(pages, 'home'), ({ doc }) => doc !== undefined)
    mine.doc?.getMap('board').set('shape', 'circle')
    await alice.settled()
    await heard
    expect(board?.get('shape')).toBe('circle')
  })

  it('hands awareness to the other editors of a body', async () => {
    const node = await startNode()
    const [alice, bob] = [openClient('alice', node.url), openClient('bob', node.url)]
    const { id } = alice.insert(tasks, { title: 'one', notes: 'x' })
    await alice.settled()
    const mine = await until(
      alice.text(tasks, id, 'notes'),
      ({ awareness, status }) => awareness !== undefined && status === 'ready',
    )
    const theirs = await until(
      bob.text(tasks, id, 'notes'),
      ({ awareness, status }) => awareness !== undefined && status === 'ready',
    )
    const heard = new Promise<void>(resolve => {
      theirs.awareness?.on('change', () => {
        const states = [...(theirs.awareness?.getStates().values() ?? [])]
        if (states.some(state => state.name === 'alice')) resolve()
      })
    })
    mine.awareness?.setLocalState({ name: 'alice' })
    await heard
  })

  it('brings the texts of a list along, to have them offline', async () => {
    const node = await startNode()
    const acme = node.workspace('acme')
    const id = await acme.insert(tasks, { title: 'one', notes: 'offline text' })
    const alice = openClient('alice', node.url)
    await alice.prefetch([tasks.list({})], { bodies: true })
    alice.disconnect()
    await until(alice.text(tasks, id, 'notes'), textIs('offline text'))
    mount(alice.status)
  })
})
