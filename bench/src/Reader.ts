import { type Client, createClient, type LiveStore } from '@tidemark/client'
import { schema } from './schema.js'
import { workspaceId } from './startBenchNode.js'
import { Tap } from './Tap.js'
import { type WireCost, wireCostAfterWelcome } from './wireCost.js'

/** A real client with its replica in memory, seen through a tap. */
export class Reader {
  private constructor(
    readonly client: Client,
    private readonly tap: Tap,
  ) {}

  static async open(nodeUrl: string, userId: string): Promise<Reader> {
    const tap = await Tap.open(nodeUrl)
    const client = createClient({
      schema,
      url: tap.url,
      workspace: workspaceId,
      userId,
      auth: () => userId,
      storage: 'memory',
    })
    return new Reader(client, tap)
  }

  /** Keeps a store mounted, until the returned function is called. */
  watch(store: LiveStore<unknown>): () => void {
    return store.subscribe(() => undefined)
  }

  /** Everything mounted is current; gives back what it took since the last call. */
  async current(): Promise<WireCost> {
    this.client.connect()
    await this.#until('online')
    await this.client.settled()
    return wireCostAfterWelcome(this.tap.take())
  }

  async away(): Promise<void> {
    this.client.disconnect()
    await this.#until('offline')
    this.tap.take()
  }

  /** A return: what it cost, and how long it took. */
  async back(): Promise<{ readonly cost: WireCost; readonly ms: number }> {
    const start = performance.now()
    const cost = await this.current()
    return { cost, ms: performance.now() - start }
  }

  async close(): Promise<void> {
    await this.client.close()
    this.tap.close()
  }

  /** Resolves when what a store shows fits. */
  async sees<T>(store: LiveStore<T>, fits: (shown: T) => boolean): Promise<void> {
    let stop: () => void = () => undefined
    await new Promise<void>(resolve => {
      const look = () => {
        if (fits(store.getSnapshot())) resolve()
      }
      stop = store.subscribe(look)
      look()
    })
    stop()
  }

  #until(connection: 'online' | 'offline'): Promise<void> {
    return this.sees(this.client.status, status => status.connection === connection)
  }
}
