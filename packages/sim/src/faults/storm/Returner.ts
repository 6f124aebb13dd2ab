import { type Client, createClient } from '@tidemark/client'
import { notes, schema, workspace } from '../schema.js'

/** One of the many clients of a node that is killed: it shows a list, counts a note up, and remembers when it came back. */
export class Returner {
  readonly client: Client
  /** When it was last told that it is online, in milliseconds since this process began. */
  onlineAtMs = 0
  readonly #list
  readonly #ends: readonly (() => void)[]

  constructor(url: string, userId: string) {
    this.client = createClient({ schema, url, storage: 'memory', workspace, userId, auth: () => userId })
    const { status } = this.client
    this.#list = this.client.liveList(notes, { orderBy: '-rank', limit: 10 })
    const statusChanged = (): void => {
      if (status.getSnapshot().connection !== 'online') this.onlineAtMs = 0
      else if (this.onlineAtMs === 0) this.onlineAtMs = performance.now()
    }
    this.#ends = [status.subscribe(statusChanged), this.#list.subscribe(() => undefined)]
  }

  countUp(noteId: string): void {
    this.client.update(notes, noteId, { votes: { increment: 1 } })
  }

  votes(noteId: string): number | undefined {
    return this.#list.getSnapshot().data.find(({ id }) => id === noteId)?.votes
  }

  async close(): Promise<void> {
    for (const end of this.#ends) end()
    await this.client.close()
  }
}
