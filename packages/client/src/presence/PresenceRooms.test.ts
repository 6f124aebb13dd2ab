import { collection, type Other } from '@tidemark/core'
import type { NodeOptions } from '@tidemark/server'
import { topologies } from '@tidemark/server/testing'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import type { Client } from '../Client.js'
import { Browser, mount, nodeStarter, openClient, until } from '../testing/stage.js'
import { cursors, type schema, tasks } from '../testing/tracker.js'

const lobby = cursors.at('lobby')

describe.each(topologies)('presence at a place at $topology', ({ nodeCount }) => {
  const startNode = nodeStarter(nodeCount)

  it('[CL-PRES-1] who comes sees who is there, who only looks too, and whose it is', async () => {
    const node = await startNode()
    const [alice, bob, carol] = ['alice', 'bob', 'carol'].map(user => openClient(user, node.url)) as [
      Client,
      Client,
      Client,
    ]
    mount(alice.presence(lobby))
    alice.presence(lobby).set({ x: 1, y: 2 })
    carol.presence(cursors).set({ x: 9, y: 9 })
    const [other] = await until(bob.presence(lobby), others => others.length === 1)
    expect(other).toMatchObject({ userId: 'alice', state: { x: 1, y: 2 } })
    alice.presence(lobby).set({ x: 3 })
    await until(bob.presence(lobby), others => others[0]?.state.x === 3)
    bob.presence(lobby).set({ x: 5, y: 5 })
    expect(await until(alice.presence(lobby), others => others.length === 1)).toMatchObject([{ userId: 'bob' }])
  })

  it('[CL-PRES-2] who leaves, or goes, is gone for the others at once', async () => {
    const node = await startNode()
    const [alice, bob, carol] = ['alice', 'bob', 'carol'].map(user => openClient(user, node.url)) as [
      Client,
      Client,
      Client,
    ]
    for (const [x, client] of [alice, bob].entries()) {
      mount(client.presence(lobby))
      client.presence(lobby).set({ x, y: 0 })
    }
    await until(carol.presence(lobby), others => others.length === 2)
    alice.presence(lobby).leave()
    expect(await until(carol.presence(lobby), others => others.length === 1)).toMatchObject([{ userId: 'bob' }])
    await bob.close()
    await until(carol.presence(lobby), others => others.length === 0)
  })

  it('[CL-PRES-1] who looks again sees nobody who went meanwhile', async () => {
    const node = await startNode()
    const [alice, bob, carol] = ['alice', 'bob', 'carol'].map(user => openClient(user, node.url)) as [
      Client,
      Client,
      Client,
    ]
    mount(alice.presence(lobby))
    alice.presence(lobby).set({ x: 1, y: 1 })
    await until(bob.presence(lobby), others => others.length === 1)
    const stopLooking = await new Promise<() => void>(resolve => {
      const stop = carol.presence(lobby).subscribe(() => resolve(stop))
    })
    stopLooking()
    expect(carol.presence(lobby).getSnapshot()).toEqual([])
    const meanwhile = until(bob.presence(lobby), others => others.length === 0)
    alice.presence(lobby).leave()
    await meanwhile
    bob.presence(lobby).set({ x: 2, y: 2 })
    expect(await until(carol.presence(lobby), others => others.length > 0)).toMatchObject([{ userId: 'bob' }])
  })

  it('[CL-PRES-3] is there again after a lost connection', async () => {
    const node = await startNode()
    const [alice, bob] = ['alice', 'bob'].map(user => openClient(user, node.url)) as [Client, Client]
    mount(alice.presence(lobby))
    alice.presence(lobby).set({ x: 1, y: 1 })
    await until(bob.presence(lobby), others => others.length === 1)
    bob.disconnect()
    expect(bob.presence(lobby).getSnapshot()).toEqual([])
    alice.presence(lobby).set({ x: 2 })
    bob.connect()
    await until(bob.presence(lobby), others => others[0]?.state.x === 2)
  })

  it('[CL-PRES-4] tabs of one browser see each other, one that leaves takes nothing from the others', async () => {
    const node = await startNode()
    const browser = new Browser({ hasTabs: true })
    const [first, second] = [browser.open('alice', node.url), browser.open('alice', node.url)]
    const bob = openClient('bob', node.url)
    mount(bob.presence(lobby))
    mount(first.presence(lobby))
    first.presence(lobby).set({ x: 1, y: 1 })
    expect(await until(second.presence(lobby), others => others.length === 1)).toMatchObject([{ userId: 'alice' }])
    second.presence(lobby).set({ x: 2, y: 2 })
    await until(bob.presence(lobby), others => others.length === 2)
    await second.close()
    await until(bob.presence(lobby), others => others.length === 1)
    bob.presence(lobby).set({ x: 7, y: 7 })
    expect(await until(first.presence(lobby), others => others.length === 1)).toMatchObject([{ userId: 'bob' }])
  })
})

describe.each(topologies)('presence at the place of a record at $topology', ({ nodeCount }) => {
  const startNode = nodeStarter(nodeCount)
  const atTask = cursors.at(tasks.record('t1'))
  /** Bob reads only what is still to be done. */
  const access = {
    workspace: () => 'write',
    collections: { tasks: { read: ({ userId }) => (userId === 'bob' ? tasks.where({ status: 'todo' }) : 'all') } },
  } satisfies NodeOptions<typeof schema, { userId: string }>['access']
  const isAlone = (others: readonly unknown[]) => others.length === 0
  const shows = (x: number) => (others: readonly Other<{ x: number }>[]) => others.some(({ state }) => state.x === x)

  it('[CL-PRES-5] is from when the record is in sight until it is not, and again by itself', async () => {
    const node = await startNode({ access })
    const [alice, bob] = [openClient('alice', node.url), openClient('bob', node.url)]
    for (const [index, client] of [alice, bob].entries()) {
      mount(client.presence(atTask))
      client.presence(atTask).set({ x: index + 1, y: 0 })
    }
    alice.insert(tasks, { id: 't1', title: 'a' })
    await Promise.all([until(alice.presence(atTask), shows(2)), until(bob.presence(atTask), shows(1))])
    alice.update(tasks, 't1', { status: 'done' })
    await Promise.all([until(alice.presence(atTask), isAlone), until(bob.presence(atTask), isAlone)])
    bob.presence(atTask).set({ x: 3 })
    alice.update(tasks, 't1', { status: 'todo' })
    await Promise.all([until(alice.presence(atTask), shows(3)), until(bob.presence(atTask), shows(1))])
  })

  it('[CL-PRES-5] goes on when rights were looked at again, for who only looks too, and in all tabs', async () => {
    const node = await startNode({ access })
    const alice = openClient('alice', node.url)
    const browser = new Browser({ hasTabs: true })
    const tabs = [browser.open('bob', node.url), browser.open('bob', node.url)]
    await alice.insert(tasks, { id: 't1', title: 'a' }).outcome
    for (const client of [alice, ...tabs]) mount(client.presence(atTask))
    alice.presence(atTask).set({ x: 1, y: 1 })
    for (const tab of tabs) await until(tab.presence(atTask), shows(1))
    const outOfSight = until((tabs[1] as Client).presence(atTask), isAlone)
    await node.workspace('acme').accessChanged({ userId: 'bob' })
    await outOfSight
    for (const tab of tabs) await until(tab.presence(atTask), shows(1))
    alice.presence(atTask).set({ x: 2 })
    for (const tab of tabs) await until(tab.presence(atTask), shows(2))
  })

  it('[CL-PRES-5] asks nothing of a node that it would refuse', async () => {
    const strangers = collection('strangers', { title: z.string() })
    const alice = openClient('alice', (await startNode()).url)
    expect(() => alice.presence(cursors.at(strangers.record('s1')))).toThrow(/strangers/)
  })
})
