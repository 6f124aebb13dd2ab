import { type Client, createClient } from '@tidemark/client'
import { commands, notes, schema, stocks, workspace } from '../schema.js'

const pauseMs = 10

/** Alice, who counts up a note all the time, one write after the other, and looks how long each takes. */
export class HonestClient {
  readonly noteId = 'alice-counts'
  accepted = 0
  /** What became of writes that were not accepted. */
  readonly refusals: string[] = []
  readonly #client: Client
  #latenciesMs: number[] = []
  #isStopped = false
  #working: Promise<void> = Promise.resolve()

  private constructor(url: string) {
    const who = { workspace, userId: 'alice', auth: () => 'alice' }
    this.#client = createClient({ schema, commands, url, storage: 'memory', ...who })
  }

  static async start(url: string): Promise<HonestClient> {
    const alice = new HonestClient(url)
    alice.#client.connect()
    await alice.#client.insert(stocks, { id: 'beer', name: 'beer' }).outcome
    await alice.#client.insert(notes, { id: alice.noteId, title: 'mine' }).outcome
    alice.#working = alice.#work()
    return alice
  }

  /** How long each write took since the last time, in milliseconds. */
  takeLatencies(): readonly number[] {
    const taken = this.#latenciesMs
    this.#latenciesMs = []
    return taken
  }

  async stop(): Promise<void> {
    this.#isStopped = true
    await this.#working
    await this.#client.close()
  }

  async #work(): Promise<void> {
    while (!this.#isStopped) {
      const startedAt = performance.now()
      const outcome = await this.#client.update(notes, this.noteId, { votes: { increment: 1 } }).outcome
      this.#latenciesMs.push(performance.now() - startedAt)
      if (outcome.status === 'accepted') this.accepted++
      else this.refusals.push(outcome.status === 'rejected' ? `rejected with ${outcome.code}` : outcome.status)
      await new Promise(resolve => setTimeout(resolve, pauseMs))
    }
  }
}
