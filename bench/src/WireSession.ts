import {
  type ClientMessage,
  decodeNodeFrame,
  encodeClientMessage,
  type NodeMessage,
  protocolVersion,
  randomId,
  schemaModelOf,
  schemaTableOf,
  systemRandom,
} from '@tidemark/core'
import { WebSocket } from 'ws'
import { schema } from './schema.js'

const model = schemaModelOf(schema)
const table = schemaTableOf(model)
const pingMs = 20_000

export interface WireSessionEvents {
  /** All messages of one frame, and how large it was. */
  heard(messages: readonly NodeMessage[], frameBytes: number): void
  ended(error: Error): void
}

/** A new replica's session over a real socket, which keeps nothing: far more of them fit into a process than clients would. */
export class WireSession {
  readonly #pings: NodeJS.Timeout

  private constructor(private readonly ws: WebSocket) {
    this.#pings = setInterval(() => this.send({ type: 'ping' }), pingMs).unref()
  }

  /** Resolves when the node has said welcome. */
  static async open(url: string, who: { userId: string; workspace: string }, events: WireSessionEvents) {
    const ws = new WebSocket(url, { perMessageDeflate: false })
    const session = new WireSession(ws)
    await new Promise<void>((resolve, reject) => {
      ws.on('error', reject)
      ws.on('open', () => session.#greet(who.userId, who.workspace))
      ws.on('message', (bytes: Buffer) => {
        const messages = decodeNodeFrame(bytes, table)
        for (const message of messages) {
          if (message.type === 'welcome') resolve()
          else if (message.type === 'goodbye') reject(new Error(`${message.code}: ${message.message}`))
        }
        events.heard(messages, bytes.byteLength)
      })
      ws.on('close', code => {
        clearInterval(session.#pings)
        events.ended(new Error(`The socket was closed: ${code}.`))
      })
    })
    return session
  }

  send(message: ClientMessage): void {
    this.ws.send(encodeClientMessage(message))
  }

  async close(): Promise<void> {
    clearInterval(this.#pings)
    this.ws.removeAllListeners('close')
    await new Promise<void>(resolve => {
      this.ws.on('close', () => resolve())
      this.ws.close()
    })
  }

  #greet(userId: string, workspace: string): void {
    this.send({
      type: 'hello',
      protocol: protocolVersion,
      schemaHash: model.hash,
      workspace,
      userId,
      token: userId,
      replica: randomId(systemRandom),
      answered: 0,
    })
  }
}
