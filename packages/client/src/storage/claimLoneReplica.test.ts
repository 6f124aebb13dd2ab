import 'fake-indexeddb/auto'
import { systemRandom } from '@tidemark/core'
import { describe, expect, it } from 'vitest'
import { claimLoneReplica } from './claimLoneReplica.js'
import { IndexedDbStorage } from './IndexedDbStorage.js'
import { partOfReplicaName, replicaName } from './replicaName.js'
import { updateOf } from './testing/samples.js'

let users = 0

/** The tabs of one user, each with a replica of its own. */
class Tabs {
  readonly #user = { url: 'ws://localhost:4800', workspace: 'acme', userId: `user ${++users}` }

  async open(keptPart: string | null = null) {
    let name = ''
    const storage = new IndexedDbStorage({
      name: async () => {
        const hold = await claimLoneReplica(this.#user, keptPart, systemRandom)
        name = hold.name
        return hold
      },
    })
    const { meta, outbox } = await storage.open()
    return { storage, name, part: partOfReplicaName(name) ?? '', replica: meta.replica, pending: outbox.length }
  }

  async databases(): Promise<readonly string[]> {
    const shared = replicaName(this.#user).slice(0, -1)
    return (await indexedDB.databases()).map(({ name }) => name ?? '').filter(name => name.startsWith(shared))
  }

  /** Until what a tab left is removed, which nobody waits for. */
  async untilThereAre(names: readonly string[]): Promise<void> {
    while ((await this.databases()).length > names.length) await new Promise(resolve => setImmediate(resolve))
    expect([...(await this.databases())].sort()).toEqual([...names].sort())
  }
}

describe('claimLoneReplica', () => {
  it('[CL-TABS-3] gives each living tab a replica of its own, and the same after a reload', async () => {
    const tabs = new Tabs()
    const [alice, bob] = [await tabs.open(), await tabs.open()]
    expect(alice.name).not.toBe(bob.name)
    await bob.storage.close()
    await alice.storage.close()
    expect(await tabs.open(bob.part)).toMatchObject({ name: bob.name, replica: bob.replica })
  })

  it('[CL-TABS-3] gives a tab another one if a living tab has taken what it had', async () => {
    const tabs = new Tabs()
    const first = await tabs.open()
    expect((await tabs.open(first.part)).name).not.toBe(first.name)
  })

  it('[CL-TABS-8] takes over what a tab left unsent before anything else that was left', async () => {
    const tabs = new Tabs()
    const [idle, writing, living] = [await tabs.open(), await tabs.open(), await tabs.open()]
    await writing.storage.enqueue([{ entry: updateOf('1') }])
    await living.storage.enqueue([{ entry: updateOf('2') }])
    for (const { storage } of [idle, writing]) await storage.close()
    expect(await tabs.open()).toMatchObject({ name: writing.name, replica: writing.replica, pending: 1 })
  })

  it('[CL-TABS-9] removes what was left with nothing waiting in it, and touches nothing else', async () => {
    const tabs = new Tabs()
    const [idle, writing, living, own] = [await tabs.open(), await tabs.open(), await tabs.open(), await tabs.open()]
    await writing.storage.enqueue([{ entry: updateOf('1') }])
    for (const { storage } of [idle, writing, own]) await storage.close()
    await tabs.open(own.part)
    await tabs.untilThereAre([writing.name, living.name, own.name])
    expect(await living.storage.open()).toMatchObject({ meta: { replica: living.replica } })
    expect(await tabs.open()).toMatchObject({ name: writing.name, pending: 1 })
  })

  it('[CL-STORE-10] leaves nothing of the user when it is destroyed', async () => {
    const tabs = new Tabs()
    const [left, own] = [await tabs.open(), await tabs.open()]
    await left.storage.close()
    await own.storage.destroy()
    expect(await tabs.databases()).toEqual([])
    const all = (await indexedDB.databases()).map(({ name }) => name)
    expect(all).not.toContain(`tidemark tab ${own.part}`)
  })
})
