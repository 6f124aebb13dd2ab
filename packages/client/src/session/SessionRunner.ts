import {
  type ClientMessage,
  decodeNodeFrame,
  encodeClientMessage,
  isTidemarkError,
  type SchemaTable,
  type Welcome,
} from '@tidemark/core'
import type { Platform } from '../platform/Platform.js'
import type { ClientSocket } from '../socket/ClientSocket.js'
import type { ClientSession, DeliveredMessage, SessionFact } from './ClientSession.js'

/** What of its platform a session needs. */
type SessionPlatform = Pick<Platform, 'clock' | 'random' | 'openSocket' | 'surroundings'>

/** What goes on behind a session. */
export interface SessionEvents {
  begun(welcome: Welcome, clockOffsetMs: number): void
  delivered(message: DeliveredMessage): void
  resting(untilMs: number): void
  ended(): void
  /** After every fact: the connection may be another. */
  moved(): void
}

/** Performs what `ClientSession` decides: socket, clock, token. */
export class SessionRunner {
  readonly #session: ClientSession
  readonly #platform: SessionPlatform
  readonly #url: string
  readonly #auth: () => string | null | Promise<string | null>
  readonly #events: SessionEvents
  readonly #ownTable: SchemaTable
  /** The table in force. */
  #table: SchemaTable
  #socket: ClientSocket | null = null
  #unwatch: (() => void) | null = null
  #cancelWake: (() => void) | null = null
  #wakeAt: number | null = null

  constructor(
    session: ClientSession,
    platform: SessionPlatform,
    options: {
      readonly url: string
      readonly auth: () => string | null | Promise<string | null>
      readonly table: SchemaTable
    },
    events: SessionEvents,
  ) {
    this.#session = session
    this.#platform = platform
    this.#url = options.url
    this.#auth = options.auth
    this.#ownTable = options.table
    this.#table = options.table
    this.#events = events
  }

  connect(): void {
    const { surroundings } = this.#platform
    this.#unwatch ??= surroundings.watch(change => {
      if (change === 'cutOff') this.#take({ kind: 'cutOff' })
      else if (surroundings.isVisible() && surroundings.isOnline()) this.#take({ kind: 'hinted' })
    })
    this.#take({ kind: 'connect' })
  }

  disconnect(): void {
    this.#unwatch?.()
    this.#unwatch = null
    this.#take({ kind: 'disconnect' })
  }

  send(message: ClientMessage): void {
    if (this.#socket === null) return
    this.#socket.send(encodeClientMessage(message))
    this.#take({ kind: 'sent' })
  }

  #take(fact: SessionFact): void {
    const { clock, random } = this.#platform
    for (const effect of this.#session.take(fact, clock.now(), random.fraction())) {
      switch (effect.do) {
        case 'askToken':
          this.#askToken(effect.serial)
          break
        case 'open':
          this.#open(effect.serial)
          break
        case 'send':
          this.send(effect.message)
          break
        case 'close':
          this.#socket?.close()
          this.#socket = null
          break
        case 'begin':
          if (effect.welcome.table) this.#table = effect.welcome.table
          this.#events.begun(effect.welcome, effect.clockOffsetMs)
          break
        case 'deliver':
          this.#events.delivered(effect.message)
          break
        case 'rest':
          this.#events.resting(effect.untilMs)
          break
        case 'end':
          this.#events.ended()
          break
      }
    }
    this.#setWake()
    if (fact.kind !== 'sent') this.#events.moved()
  }

  async #askToken(serial: number): Promise<void> {
    try {
      const token = await this.#auth()
      this.#take({ kind: 'tokenReady', serial, token })
    } catch {
      this.#take({ kind: 'tokenFailed', serial })
    }
  }

  #open(serial: number): void {
    this.#table = this.#ownTable
    this.#socket = this.#platform.openSocket(this.#url, {
      opened: () => this.#take({ kind: 'opened', serial }),
      received: frame => this.#received(serial, frame),
      closed: code => this.#take({ kind: 'closed', serial, code }),
    })
  }

  #received(serial: number, frame: Uint8Array): void {
    try {
      const messages = decodeNodeFrame(frame, this.#table)
      this.#take({ kind: 'received', serial, messages })
    } catch (error) {
      if (!isTidemarkError(error)) throw error
      this.#take({ kind: 'broken' })
    }
  }

  #setWake(): void {
    const { wakeAt } = this.#session
    if (wakeAt === this.#wakeAt) return
    this.#cancelWake?.()
    this.#wakeAt = wakeAt
    this.#cancelWake =
      wakeAt === null
        ? null
        : this.#platform.clock.after(Math.max(0, wakeAt - this.#platform.clock.now()), () => this.#woken())
  }

  #woken(): void {
    this.#wakeAt = null
    this.#cancelWake = null
    this.#take({ kind: 'ticked' })
  }
}
