import { type Answer, type Mutation, type NodeMessage, nextStamp, randomId, systemRandom } from '@tidemark/core'
import { workspaceId } from './startBenchNode.js'
import { WireSession } from './WireSession.js'

/** One replica that only writes. It makes the past that a row is about, faster than a client with a replica would. */
export class Writer {
  #session!: WireSession
  #number = 0
  #stamp = 0
  #answered = 0
  readonly #waiting: { readonly upTo: number; resolve(): void; reject(error: Error): void }[] = []

  private constructor() {}

  static async connect(url: string, userId: string, workspace = workspaceId): Promise<Writer> {
    const writer = new Writer()
    writer.#session = await WireSession.open(
      url,
      { userId, workspace },
      {
        heard: messages => writer.#heard(messages),
        ended: error => writer.#fail(error),
      },
    )
    writer.#session.send({ type: 'subscribe', subscriptions: [] })
    return writer
  }

  /** Pushes mutations in one frame; resolves when all of them were answered `accepted`. */
  async push(mutations: readonly Mutation[]): Promise<void> {
    const numbered = mutations.map(mutation => {
      this.#stamp = nextStamp(Date.now(), this.#stamp)
      return {
        number: ++this.#number,
        writeId: `${randomId(systemRandom)}A`,
        stamp: this.#stamp,
        seen: 0,
        mutation,
      }
    })
    const settled = new Promise<void>((resolve, reject) => {
      this.#waiting.push({ upTo: this.#number, resolve, reject })
    })
    this.#session.send({ type: 'push', answered: this.#answered, mutations: numbered })
    await settled
  }

  close(): Promise<void> {
    return this.#session.close()
  }

  #heard(messages: readonly NodeMessage[]): void {
    for (const message of messages) {
      if (message.type !== 'changes') continue
      for (const chunk of message.chunks) if (chunk.kind === 'answers') this.#settle(chunk.answers)
    }
  }

  #settle(answers: readonly Answer[]): void {
    for (const answer of answers) {
      this.#answered = Math.max(this.#answered, answer.number)
      if (answer.status === 'rejected') this.#fail(new Error(`${answer.code}: ${answer.message}`))
    }
    while (this.#waiting[0] !== undefined && this.#waiting[0].upTo <= this.#answered) this.#waiting.shift()?.resolve()
  }

  #fail(error: Error): void {
    for (const { reject } of this.#waiting.splice(0)) reject(error)
  }
}
