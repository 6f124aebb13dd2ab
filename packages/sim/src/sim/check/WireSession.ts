import {
  type Answer,
  type Changes,
  decodeClientFrame,
  decodeNodeFrame,
  type Hello,
  type NodeMessage,
  type Reconcile,
  type SchemaTable,
  type Snapshot,
  type Subscription,
  schemaModelOf,
  schemaTableOf,
} from '@tidemark/core'
import type { Device } from '../device/Device.js'
import type { History } from '../node/History.js'
import type { Rights } from '../workload/Rights.js'
import { oldSchema, schema } from '../workload/schema.js'
import type { Tokens } from '../workload/Tokens.js'
import type { Tally } from '../world/Tally.js'
import type { Trace } from '../world/Trace.js'
import { Violation } from '../world/Violation.js'
import { Parts, type Pushed } from './Pushed.js'
import type { Reading } from './Reading.js'

/** What those who look on look at. */
export interface Seen {
  readonly history: History
  readonly rights: Rights
  readonly reading: Reading
  readonly tokens: Tokens
  readonly pushed: Pushed
  readonly tally: Tally
  readonly trace: Trace
  nowMs(): number
}

const newTable = schemaTableOf(schemaModelOf(schema))
const oldTable = schemaTableOf(schemaModelOf(oldSchema))

/** How long after a change of rights the node may still say what it did not yet know to be forbidden. */
const hearingMs = 250

/** One connection, as its bytes tell it: every frame is read along and held against what was committed. */
export class WireSession {
  /** How far the client has been told, as far as it has received it; null before the first position. */
  received: number | null = null
  #sentTable: SchemaTable
  #receivedTable: SchemaTable
  readonly #parts = new Parts()
  #hello: Hello | null = null
  #welcomeHead = 0
  #epoch = 0
  #sentTo = 0
  readonly #cursorBySubId = new Map<number, number | null>()
  readonly #answers = new Map<number, string>()

  constructor(
    readonly device: Device,
    private readonly seen: Seen,
    private readonly node: { readonly isLate: boolean } | undefined,
  ) {
    this.#sentTable = device.parts.isOld ? oldTable : newTable
    this.#receivedTable = this.#sentTable
  }

  sentByClient(frame: Uint8Array): void {
    for (const message of decodeClientFrame(frame)) {
      this.seen.trace.add(`${this.device.name} > ${message.type} ${frame.length}`)
      this.seen.trace.detail(() => message)
      switch (message.type) {
        case 'hello':
          this.#hello = message
          break
        case 'push':
          for (const mutation of message.mutations) this.seen.pushed.add(this.#replica, mutation)
          break
        case 'pushPart': {
          this.seen.tally.count('path: pushed in parts')
          const mutation = this.#parts.add(message)
          if (mutation !== null) this.seen.pushed.add(this.#replica, mutation)
          break
        }
        default:
      }
    }
  }

  receivedByNode(frame: Uint8Array): void {
    for (const message of decodeClientFrame(frame)) {
      if (message.type !== 'subscribe') continue
      for (const subscription of message.subscriptions) this.#subscribed(subscription)
    }
  }

  sentByNode(frame: Uint8Array): void {
    for (const message of this.#decode(frame, 'sent')) {
      this.seen.trace.add(`${this.device.name} < ${message.type} ${frame.length}`)
      this.seen.trace.detail(() => (message.type === 'welcome' ? { ...message, table: null } : message))
      this.#sent(message)
    }
  }

  receivedByClient(frame: Uint8Array): void {
    for (const message of this.#decode(frame, 'received')) {
      if (message.type === 'changes') this.received = Math.max(this.received ?? 0, message.to)
      if (message.type === 'heartbeat' || message.type === 'caughtUp') {
        this.received = Math.max(this.received ?? 0, message.seq)
      }
    }
  }

  get #replica(): string {
    return this.#hello?.replica ?? ''
  }

  #decode(frame: Uint8Array, side: 'sent' | 'received'): NodeMessage[] {
    const messages = decodeNodeFrame(frame, side === 'sent' ? this.#sentTable : this.#receivedTable)
    for (const message of messages) {
      if (message.type !== 'welcome' || message.table === null) continue
      if (side === 'sent') this.#sentTable = message.table
      else this.#receivedTable = message.table
    }
    return messages
  }

  #subscribed({ subId, resume }: Subscription): void {
    this.#cursorBySubId.set(subId, resume?.cursor ?? null)
    this.seen.tally.count(
      resume === null ? 'path: asked for all' : resume.held ? 'path: asked with held' : 'path: resumed',
    )
  }

  #sent(message: NodeMessage): void {
    switch (message.type) {
      case 'welcome':
        this.#welcomeHead = message.head
        this.#mustBeCommitted(message.head)
        break
      case 'heartbeat':
        this.#mustBeCommitted(message.seq)
        break
      case 'caughtUp':
        this.#mustBeCommitted(message.seq)
        this.#sentTo = Math.max(this.#sentTo, message.seq)
        break
      case 'changes':
        this.#changesSent(message)
        break
      case 'snapshot':
        this.#snapshotSent(message)
        break
      case 'reconcile':
        this.#asked(message)
        break
      case 'goodbye':
        this.seen.tally.count(`goodbye: ${message.code}`)
        break
      case 'busy':
        this.seen.tally.count('path: busy')
        break
      case 'presence':
    }
  }

  #changesSent(message: Changes): void {
    const { epoch, from, to, chunks } = message
    this.#mustBeCommitted(to)
    if (epoch > 0 && epoch < this.#epoch)
      throw new Violation('G4', `${this.device.name} is sent epoch ${epoch} after ${this.#epoch}`)
    this.#epoch = Math.max(this.#epoch, epoch)
    if (to > from && from < this.#sentTo)
      throw new Violation('G6', `${this.device.name} is sent ${from}–${to} after ${this.#sentTo}`)
    this.#sentTo = Math.max(this.#sentTo, to)
    let last = from
    for (const chunk of chunks) {
      if (chunk.kind === 'answers') for (const answer of chunk.answers) this.#answered(answer, to)
      if (!('seq' in chunk)) continue
      if (chunk.seq < last || chunk.seq > to) throw new Violation('G6', `seq ${chunk.seq} within ${from}–${to}`)
      last = chunk.seq
      if (chunk.kind === 'body') this.#mustBeReadable(chunk.update, from + 1, to)
      else if (chunk.kind !== 'removed') this.#mustBeReadable(JSON.stringify(chunk.values), from + 1, to)
    }
  }

  #snapshotSent({ subId, items, isWhole }: Snapshot): void {
    const cursor = this.#cursorBySubId.get(subId)
    const { head } = this.seen.history
    if (isWhole && cursor !== null && cursor !== undefined) {
      throw new Violation('G9', `${this.device.name} is sent the whole of a subscription that it resumed at ${cursor}`)
    }
    for (const item of items) {
      if (item.kind === 'row' || item.kind === 'patch') {
        this.#mustBeReadable(JSON.stringify(item.values), this.#welcomeHead, head)
      }
      // A merged log tail has what was typed and deleted since the cursor.
      if (item.kind === 'bodyUpdate') this.#mustBeReadable(item.bytes, cursor ?? 0, head)
      if (item.kind === 'bodyState') this.#mustBeReadable(item.bytes, this.#welcomeHead, head)
    }
  }

  #asked({ subId, reason }: Reconcile): void {
    // A body that comes into sight again: what the client had of it went with it.
    if (reason === 'moving') this.#cursorBySubId.delete(subId)
    this.seen.tally.count(`path: reconciled, ${reason}`)
  }

  #answered(answer: Answer, to: number): void {
    const decision = this.seen.history.decisionOf(this.#replica, answer.number)
    if (decision === undefined)
      throw new Violation(
        'G1',
        `${this.device.name} is told ${answer.status} of ${answer.number}, which is not committed`,
      )
    if (decision.to > to)
      throw new Violation(
        'G6',
        `${this.device.name} is answered ${answer.number} at ${to}, before its effects at ${decision.to}`,
      )
    if (decision.status !== answer.status) {
      throw new Violation(
        'G12',
        `${this.device.name} is told ${answer.status} of ${answer.number}, which was ${decision.status}`,
      )
    }
    const told = JSON.stringify(answer)
    const before = this.#answers.get(answer.number)
    if (before !== undefined && before !== told)
      throw new Violation('G7', `${answer.number} has two answers: ${before} and ${told}`)
    this.#answers.set(answer.number, told)
  }

  /** Nothing is told of what is not on the disk. */
  #mustBeCommitted(seq: number): void {
    const { head } = this.seen.history
    if (seq > head) throw new Violation('G1', `${this.device.name} is told of ${seq}, committed is ${head}`)
  }

  /** Every piece of content in there stood, at a moment in that span, in a record that this user could read. */
  #mustBeReadable(content: Uint8Array | string, from: number, to: number): void {
    const { userId, name } = this.device
    for (const written of this.seen.tokens.in(content)) {
      const first = Math.max(from, this.#revokedAt())
      if (!this.seen.reading.couldRead(userId, written, first, to)) {
        throw new Violation(
          'G11',
          `${name} is sent ${written.token} of ${written.collection}/${written.id}.${written.field}, not readable from ${first} to ${to}`,
        )
      }
    }
  }

  /** The last change of this user's rights that the node must have heard of by now. */
  #revokedAt(): number {
    const { history, rights } = this.seen
    if (this.node?.isLate) return 0
    let last = 0
    for (const seq of rights.changesOf(this.device.userId)) {
      if (seq > 0 && history.committedAtMs(seq) < this.seen.nowMs() - hearingMs) last = Math.max(last, seq)
    }
    return last
  }
}
