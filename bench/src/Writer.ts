import {
  type Answer,
  decodeNodeFrame,
  encodeClientMessage,
  type Mutation,
  nextStamp,
  protocolVersion,
  randomId,
  schemaModelOf,
  schemaTableOf,
  systemRandom,
} from '@tidemark/core'
import { WebSocket } from 'ws'
import { schema } from './schema.js'
import { workspaceId } from './startBenchNode.js'

const model = schemaModelOf(schema)
const table = schemaTableOf(model)

/**
 * One replica that only writes: speaks the wire over a real socket and keeps nothing. It makes the past that a row is
 * about, faster than a client with a replica would.
 */
export class Writer {
  #number = 0
  #stamp = 0
  #answered = 0
  readonly #waiting: { readonly upTo: number; resolve(): void; reject(error: Error): void }[] = []

  private constructor(private readonly ws: WebSocket) {}

  static async connect(url: string, userId: string): Promise<Writer> {
    const ws = new WebSocket(url, { perMessageDeflate: false })
    const writer = new Writer(ws)
    await new Promise<void>((resolve, reject) => {
      ws.on('error', reject)
      ws.on('open', () => writer.#greet(userId))
      ws.on('message', bytes => {
        for (const message of decodeNodeFrame(bytes as Buffer, table)) {
          if (message.type === 'welcome') resolve()
          else if (message.type === 'goodbye') reject(new Error(`${message.code}: ${message.message}`))
          else if (message.type === 'changes') {
            for (const chunk of message.chunks) if (chunk.kind === 'answers') writer.#settle(chunk.answers)
          }
        }
      })
      ws.on('close', code => writer.#fail(new Error(`The writer's socket was closed: ${code}.`)))
    })
    writer.#send({ type: 'subscribe', subscriptions: [] })
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
    this.#send({ type: 'push', answered: this.#answered, mutations: numbered })
    await settled
  }

  async close(): Promise<void> {
    this.ws.removeAllListeners('close')
    await new Promise<void>(resolve => {
      this.ws.on('close', () => resolve())
      this.ws.close()
    })
  }

  #greet(userId: string): void {
    this.#send({
      type: 'hello',
      protocol: protocolVersion,
      schemaHash: model.hash,
      workspace: workspaceId,
      userId,
      token: userId,
      replica: randomId(systemRandom),
      answered: 0,
    })
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

  #send(message: Parameters<typeof encodeClientMessage>[0]): void {
    this.ws.send(encodeClientMessage(message))
  }
}
