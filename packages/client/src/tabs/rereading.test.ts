import { systemRandom } from '@tidemark/core'
import { topologies } from '@tidemark/server/testing'
import { describe, expect, it } from 'vitest'
import { MemoryStorage, ReplicaMemory } from '../storage/MemoryStorage.js'
import type { ReplicaBatch } from '../storage/ReplicaStorage.js'
import { mount, nodeStarter, openClient, until } from '../testing/stage.js'
import { buyTicket, tasks, tickets } from '../testing/tracker.js'
import { MemoryTabs } from './MemoryTabs.js'
import type { TabMessage } from './TabMessage.js'

/** Reads everything, and stores what the node sent, no sooner than it is let. */
class HeldStorage extends MemoryStorage {
  #gate: Promise<void> | null = null
  release = (): void => {}

  hold(): void {
    this.#gate = new Promise(resolve => {
      this.release = resolve
    })
  }

  override async open() {
    await this.#gate
    return super.open()
  }

  override async apply(batch: ReplicaBatch) {
    await this.#gate
    return super.apply(batch)
  }
}

/** What the tabs of one browser share, each of them with a storage in the hands of the test. */
class Profile {
  readonly #tabs = new MemoryTabs()
  readonly #memory = new ReplicaMemory()

  /** The first one leads. */
  async open(url: string) {
    const storage = new HeldStorage(systemRandom, this.#memory)
    const channel = this.#tabs.channel()
    const leadership = this.#tabs.leadership()
    const nameLock = (name: string) => this.#tabs.leadership(name)
    const client = openClient('alice', url, {
      platform: { openHome: () => ({ storage, leadership, channel, nameLock }) },
    })
    await until(client.status, ({ connection }) => connection === 'online')
    return { client, storage }
  }

  /** Makes all tabs that follow read the storage anew. */
  makeReread(): void {
    const message: TabMessage = { kind: 'leads', version: Number.MAX_SAFE_INTEGER }
    this.#tabs.channel().post(message)
  }

  /** Resolves when a tab says it. */
  said(is: (message: TabMessage) => boolean): Promise<void> {
    const channel = this.#tabs.channel()
    return new Promise(resolve => {
      channel.receive(message => {
        if (is(message as TabMessage)) resolve()
      })
    })
  }
}

describe.each(topologies)('a tab that follows at $topology', ({ nodeCount }) => {
  const startNode = nodeStarter(nodeCount)

  it('[CL-TABS-19] takes a list for complete when it has what made it so [G14]', async () => {
    const node = await startNode()
    await node.workspace('acme').insert(tasks, { title: 'a' })
    const profile = new Profile()
    const [one, two] = [await profile.open(node.url), await profile.open(node.url)]
    one.storage.hold()
    const isKnown = profile.said(message => message.kind === 'session' && message.state.isCurrent)
    const list = mount(two.client.liveList(tasks, {}))
    await profile.said(message => message.kind === 'wants')
    await isKnown
    expect(list.getSnapshot().status).toBe('loading')
    one.storage.release()
    const { data } = await until(list, ({ status }) => status === 'complete')
    expect(data).toMatchObject([{ title: 'a' }])
  })

  it('[CL-TABS-19] takes no text for missing that it still reads [G2]', async () => {
    const node = await startNode()
    const id = await node.workspace('acme').insert(tasks, { title: 'a', notes: 'one' })
    const profile = new Profile()
    const [one, two] = [await profile.open(node.url), await profile.open(node.url)]
    const texts = [one, two].map(({ client }) => client.text(tasks, id, 'notes'))
    const said = new Set<string>()
    for (const text of texts) text.subscribe(() => said.add(text.getSnapshot().status))
    for (const text of texts) await until(text, ({ status }) => status === 'ready')
    await two.client.settled()
    expect([...said]).toEqual(['ready'])
  })
})

describe.each(topologies)('a tab that closes at $topology', ({ nodeCount }) => {
  const startNode = nodeStarter(nodeCount)

  it('[CL-TABS-18] tells the others what it stores on its way out [G12]', async () => {
    const node = await startNode()
    const ticket = await node.workspace('acme').insert(tickets, { event: 'concert' })
    const profile = new Profile()
    const [one, two] = [await profile.open(node.url), await profile.open(node.url)]
    one.storage.hold()
    const receipt = two.client.run(buyTicket, { ticket })
    await until(one.client.outbox, ({ items }) => items.length === 1)
    await until(one.client.outbox, ({ items }) => items.length === 0)
    const closed = one.client.close()
    one.storage.release()
    await closed
    expect(await receipt.outcome).toEqual({ status: 'accepted', result: { price: 40 } })
  })
})

describe.each(topologies)('a tab that reads the storage anew at $topology', ({ nodeCount }) => {
  const startNode = nodeStarter(nodeCount)

  it('[CL-TABS-17] tells its calls and its listeners what the leader stored meanwhile [G7] [G12] [G15]', async () => {
    const node = await startNode()
    const ticket = await node.workspace('acme').insert(tickets, { event: 'concert' })
    const profile = new Profile()
    await profile.open(node.url)
    const two = await profile.open(node.url)
    mount(two.client.liveList(tickets, {}))
    const told: unknown[] = []
    two.client.changes(tickets).subscribe(({ kind }) => told.push(kind))
    await two.client.settled()

    two.storage.hold()
    profile.makeReread()
    const receipt = two.client.run(buyTicket, { ticket })
    await profile.said(message => message.kind === 'stored' && message.delta.answers.length > 0)
    two.storage.release()
    expect(await receipt.outcome).toEqual({ status: 'accepted', result: { price: 40 } })
    await two.client.settled()
    expect(told).toEqual(['update'])
  })
})
