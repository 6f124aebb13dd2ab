import { systemRandom } from '@tidemark/core'
import { topologies } from '@tidemark/server/testing'
import { describe, expect, it, onTestFinished } from 'vitest'
import { MemoryStorage, ReplicaMemory } from '../storage/MemoryStorage.js'
import type { ReplicaBatch } from '../storage/ReplicaStorage.js'
import { nodeStarter, openClient, until } from '../testing/stage.js'
import { buyTicket, tickets } from '../testing/tracker.js'
import { MemoryTabs } from './MemoryTabs.js'

/** Its tab dies between the answer that it stores and hearing that it is stored. */
class LastWordStorage extends MemoryStorage {
  dies: (() => void) | null = null
  #bury = (): void => {}
  readonly #burial = new Promise<void>(resolve => {
    this.#bury = resolve
  })

  bury(): void {
    this.#bury()
  }

  override async apply(batch: ReplicaBatch) {
    await super.apply(batch)
    if (batch.settled.length === 0 || this.dies === null) return
    this.dies()
    await this.#burial
  }
}

/** Tabs of one browser; the first one leads, and the others follow in the order of their opening. */
class Profile {
  readonly memory = new ReplicaMemory()
  readonly #tabs = new MemoryTabs()

  async open(url: string) {
    const storage = new LastWordStorage(systemRandom, this.memory)
    const [channel, leadership] = [this.#tabs.channel(), this.#tabs.leadership()]
    const nameLock = (name: string) => this.#tabs.leadership(name)
    const client = openClient('alice', url, {
      platform: { openHome: () => ({ storage, leadership, channel, nameLock }) },
    })
    onTestFinished(() => storage.bury())
    await until(client.status, ({ connection }) => connection === 'online')
    const diesWithNextAnswer = (butFirst = () => {}) => {
      storage.dies = () => {
        butFirst()
        channel.close()
        leadership.release()
      }
    }
    return { client, diesWithNextAnswer }
  }
}

describe.each(topologies)('a leader that dies with an answer stored and not told, at $topology', ({ nodeCount }) => {
  const startNode = nodeStarter(nodeCount)

  it.each([
    ['the next leader', 0],
    ['a tab that follows it', 1],
  ])('[CL-TABS-22] leaves the result of a command to the tab that ran it, be it %s [G7] [G12]', async (_, place) => {
    const node = await startNode()
    const ticket = await node.workspace('acme').insert(tickets, { event: 'concert' })
    const profile = new Profile()
    const leader = await profile.open(node.url)
    const others = [await profile.open(node.url), await profile.open(node.url)]
    leader.diesWithNextAnswer()
    const receipt = others[place]!.client.run(buyTicket, { ticket })
    expect(await receipt.outcome).toEqual({ status: 'accepted', result: { price: 40 } })
  })

  it('[CL-TABS-22] leaves a refusal to the tab that was refused, though another has acknowledged it [G12]', async () => {
    const node = await startNode()
    const ticket = await node.workspace('acme').insert(tickets, { event: 'concert', owner: 'bob' })
    const profile = new Profile()
    const leader = await profile.open(node.url)
    const two = await profile.open(node.url)
    leader.diesWithNextAnswer(() => profile.memory.inbox.clear())
    const receipt = two.client.run(buyTicket, { ticket })
    expect(await receipt.outcome).toMatchObject({ status: 'rejected', code: 'SOLD' })
  })
})
