import { topologies } from '@tidemark/server/testing'
import { describe, expect, it } from 'vitest'
import type { Client } from '../Client.js'
import { Browser, mount, nodeStarter, openClient, until } from '../testing/stage.js'
import { cursors } from '../testing/tracker.js'

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
