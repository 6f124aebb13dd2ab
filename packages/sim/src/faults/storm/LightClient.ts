import { ClientSession, openWebSocket, plainSurroundings, SessionRunner } from '@tidemark/client/testing'
import {
  type Answer,
  type CaughtUp,
  type Chunk,
  type NodeMessage,
  type NumberedMutation,
  nextStamp,
  protocolVersion,
  type Reconcile,
  type Resume,
  type RowValues,
  type RowWrite,
  randomId,
  type Snapshot,
  schemaModelOf,
  schemaTableOf,
  systemRandom,
} from '@tidemark/core'
import { schema } from '../schema.js'
import { type Digests, digestOf, keyOf, type Place, targetOf } from './rooms.js'
import { separateClock } from './separateClock.js'

const model = schemaModelOf(schema)
const table = schemaTableOf(model)
const subId = 1
const userId = 'alice'

/** What came when it was caught up. */
export interface Lacked {
  readonly pieces: number
  /** In place of all that it had. */
  readonly isWhole: boolean
}

export interface LightClientEvents {
  opened?(): void
  caughtUp?(lacked: Lacked): void
  /** Told of a row, or of some of its fields. */
  told?(id: string, values: RowValues): void
  lost?(): void
}

interface Pending {
  readonly entry: NumberedMutation
  readonly answered: () => void
}

/**
 * A replica of one list, without a storage and all that makes an app: thousands of them fit into a process. Its
 * connection is that of every client, with its back-off; what it is told it keeps, to be compared.
 */
export class LightClient {
  readonly #rows = new Map<string, RowValues>()
  readonly #replica = randomId(systemRandom)
  readonly #runner: SessionRunner
  /** Written and not yet answered. */
  readonly #outbox: Pending[] = []
  /** Where it stands; null before it has been caught up for the first time. */
  #resume: Resume | null = null
  #isLive = false
  #isOpen = false
  #parts: Snapshot[] = []
  #number = 0
  #answered = 0
  #stamp = 0

  /** `dial`: where each of its connections goes. */
  constructor(
    private readonly place: Place,
    dial: () => string,
    private readonly events: LightClientEvents = {},
  ) {
    const session = new ClientSession(() => ({
      protocol: protocolVersion,
      schemaHash: model.hash,
      workspace: place.room,
      userId,
      replica: this.#replica,
      answered: this.#answered,
    }))
    const platform = {
      clock: separateClock,
      random: systemRandom,
      surroundings: plainSurroundings,
      openSocket: (_: string, socketEvents: Parameters<typeof openWebSocket>[1]) => openWebSocket(dial(), socketEvents),
    }
    this.#runner = new SessionRunner(
      session,
      platform,
      { url: '', auth: () => userId, table },
      {
        begun: () => this.#begun(),
        delivered: message => this.#delivered(message),
        resting: untilMs => void separateClock.after(untilMs - Date.now(), () => this.#pushAll()),
        ended: () => this.#ended(),
        moved: () => undefined,
      },
    )
    this.#runner.connect()
  }

  shows(digests: Digests): boolean {
    return digestOf(this.#rows) === digests[keyOf(this.place)]
  }

  /** All or nothing. Resolves when it is accepted, however often it had to be sent. */
  write(...writes: readonly RowWrite[]): Promise<void> {
    this.#stamp = nextStamp(Date.now(), this.#stamp)
    const entry: NumberedMutation = {
      number: ++this.#number,
      writeId: `${randomId(systemRandom)}A`,
      stamp: this.#stamp,
      seen: this.#resume?.cursor ?? 0,
      mutation: { kind: 'batch', writes },
    }
    return new Promise(answered => {
      this.#outbox.push({ entry, answered })
      if (this.#isOpen) this.#push([entry])
    })
  }

  close(): void {
    this.#runner.disconnect()
  }

  #begun(): void {
    this.#isOpen = true
    this.events.opened?.()
    this.#subscribe()
    this.#pushAll()
  }

  #ended(): void {
    this.#isOpen = false
    this.#isLive = false
    this.#parts = []
    this.events.lost?.()
  }

  #subscribe(): void {
    const subscription = { subId, target: targetOf(this.place), resume: this.#resume }
    this.#runner.send({ type: 'subscribe', subscriptions: [subscription] })
  }

  #pushAll(): void {
    if (this.#isOpen && this.#outbox.length > 0) this.#push(this.#outbox.map(({ entry }) => entry))
  }

  #push(mutations: readonly NumberedMutation[]): void {
    this.#runner.send({ type: 'push', answered: this.#answered, mutations })
  }

  #delivered(message: Exclude<NodeMessage, { readonly type: 'welcome' | 'busy' | 'goodbye' }>): void {
    switch (message.type) {
      case 'snapshot':
        this.#parts.push(message)
        break
      case 'caughtUp':
        this.#caughtUp(message)
        break
      case 'reconcile':
        this.#reconcile(message)
        break
      case 'changes':
        for (const chunk of message.chunks) this.#changed(chunk)
        this.#moveTo(message.to)
        break
      case 'heartbeat':
        this.#moveTo(message.seq)
        break
      case 'presence':
    }
  }

  #caughtUp({ seq, subscriptions }: CaughtUp): void {
    const [view] = subscriptions
    if (view === undefined) return
    const lacked = { pieces: 0, isWhole: this.#parts[0]?.isWhole ?? false }
    if (lacked.isWhole) this.#rows.clear()
    for (const item of this.#parts.flatMap(({ items }) => items)) {
      lacked.pieces++
      if (item.kind === 'row') this.#set(item.id, item.values)
      else if (item.kind === 'patch') this.#set(item.id, { ...this.#rows.get(item.id), ...item.values })
      else if (item.kind === 'leave') this.#rows.delete(item.id)
    }
    this.#parts = []
    this.#resume = { cursor: seq, viewHash: view.viewHash, bound: view.bound, count: this.#rows.size, held: null }
    this.#isLive = true
    this.events.caughtUp?.(lacked)
  }

  /** Frames were dropped: on from where it stands. For any other reason it keeps nothing, which shows as `isWhole`. */
  #reconcile({ reason }: Reconcile): void {
    if (reason === 'moving') return
    this.#isLive = false
    this.#parts = []
    if (reason !== 'behind') this.#resume = null
    this.#subscribe()
  }

  #changed(chunk: Chunk): void {
    switch (chunk.kind) {
      case 'row':
        this.#set(chunk.id, chunk.values)
        break
      case 'patch':
        this.#set(chunk.id, { ...this.#rows.get(chunk.id), ...chunk.values })
        break
      case 'leave':
      case 'removed':
        this.#rows.delete(chunk.id)
        break
      case 'answers':
        for (const answer of chunk.answers) this.#isAnswered(answer)
    }
  }

  #isAnswered(answer: Answer): void {
    if (answer.status === 'rejected') throw new Error(`what all may write was rejected: ${answer.code}`)
    this.#answered = Math.max(this.#answered, answer.number)
    while (this.#outbox[0] !== undefined && this.#outbox[0].entry.number <= this.#answered) {
      this.#outbox.shift()?.answered()
    }
  }

  #set(id: string, values: RowValues): void {
    this.#rows.set(id, values)
    this.events.told?.(id, values)
  }

  #moveTo(seq: number): void {
    if (this.#isLive && this.#resume !== null && seq > this.#resume.cursor) {
      this.#resume = { ...this.#resume, cursor: seq, count: this.#rows.size }
    }
  }
}
