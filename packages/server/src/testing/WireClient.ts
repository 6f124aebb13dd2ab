import {
  type ClientMessage,
  decodeNodeFrame,
  encodeClientMessage,
  type NodeMessage,
  type NumberedMutation,
  protocolVersion,
  type Resume,
  type SchemaTable,
  stampFromMs,
  type WatchTarget,
} from '@tidemark/core'
import type { NodeCore } from '../NodeCore.js'
import type { SessionRunner } from '../session/SessionRunner.js'
import type { ServerSocket } from '../socket/ServerSocket.js'

/** A client that only speaks the wire: for tests of what a node says, message by message. */
export class WireClient implements ServerSocket {
  readonly heard: NodeMessage[] = []
  readonly bytes: Uint8Array[] = []
  bufferedBytes = 0
  closedWith: { readonly code: number; readonly reason: string } | null = null
  readonly #session: SessionRunner
  #number = 0
  #drained = (): void => {}
  #waiting: (() => void)[] = []

  constructor(
    node: Pick<NodeCore, 'connected' | 'table'>,
    readonly userId: string,
    readonly replica = `${userId}-replica`,
    private readonly table: SchemaTable = node.table,
  ) {
    this.#session = node.connected(this, {})
  }

  async hello(workspace = 'acme', schemaHash = '', answered = 0): Promise<NodeMessage> {
    const { userId, replica } = this
    const hello = { protocol: protocolVersion, schemaHash, workspace, userId, token: userId, replica, answered }
    this.say({ type: 'hello', ...hello })
    const welcome = await this.hears('welcome')
    this.#number = welcome.lastNumber ?? 0
    return welcome
  }

  say(message: ClientMessage): void {
    this.#session.received(encodeClientMessage(message))
  }

  subscribe(subId: number, target: WatchTarget, resume: Resume | null = null): void {
    this.say({ type: 'subscribe', subscriptions: [{ subId, target, resume }] })
  }

  push(
    mutation: NumberedMutation['mutation'],
    number = ++this.#number,
    stamp = stampFromMs(Date.now()) + number,
  ): number {
    this.#number = number
    const writeId = `${number.toString().padStart(21, 'A')}A`
    this.say({ type: 'push', answered: 0, mutations: [{ number, writeId, stamp, seen: 0, mutation }] })
    return number
  }

  /** The next message of this type that was not yet taken; waits for it. */
  async hears<T extends NodeMessage['type']>(type: T): Promise<Extract<NodeMessage, { type: T }>> {
    for (;;) {
      const at = this.heard.findIndex(message => message.type === type)
      if (at >= 0) return this.heard.splice(at, 1)[0] as Extract<NodeMessage, { type: T }>
      if (this.closedWith !== null) throw new Error(`closed with ${this.closedWith.reason} instead of ${type}`)
      await new Promise<void>(resolve => this.#waiting.push(resolve))
    }
  }

  /** The next message of any type. */
  async next(): Promise<NodeMessage> {
    while (this.heard.length === 0) {
      if (this.closedWith !== null) throw new Error(`closed with ${this.closedWith.reason}`)
      await new Promise<void>(resolve => this.#waiting.push(resolve))
    }
    return this.heard.shift() as NodeMessage
  }

  /** Resolves when the node has closed the connection. */
  async closed(): Promise<{ readonly code: number; readonly reason: string }> {
    while (this.closedWith === null) await new Promise<void>(resolve => this.#waiting.push(resolve))
    return this.closedWith
  }

  disconnect(isOnPurpose = false): void {
    this.#session.disconnected(isOnPurpose)
  }

  send(bytes: Uint8Array): void {
    this.bytes.push(bytes)
    this.heard.push(...decodeNodeFrame(bytes, this.table))
    this.#wake()
  }

  onDrain(drained: () => void): void {
    this.#drained = drained
  }

  drain(): void {
    this.bufferedBytes = 0
    this.#drained()
  }

  close(code: number, reason: string): void {
    this.closedWith = { code, reason }
    this.#wake()
  }

  #wake(): void {
    for (const wake of this.#waiting.splice(0)) wake()
  }
}
