import type { Answer, ClientMessage, Clock } from '@tidemark/core'
import type { OutboxEntry, ReplicaMeta, ReplicaStorage } from '../storage/ReplicaStorage.js'
import { type PushEffect, Pusher } from './Pusher.js'

/** What sending needs of the rest of the leading tab. */
export interface PusherPort {
  send(message: ClientMessage): void
  /** These are about to be sent. */
  taken(entries: readonly OutboxEntry[]): void
}

type Numbers = Pick<ReplicaMeta, 'sentNumber' | 'answeredNumber'>

/** Performs what `Pusher` decides: takes entries out of the storage and sends them. Only in the leading tab. */
export class PusherRunner {
  readonly #pusher = new Pusher()
  readonly #storage: ReplicaStorage
  readonly #clock: Clock
  readonly #port: PusherPort
  /** The last number that was sent, the last that was answered, and the last whose answer is stored. */
  #sent: number
  #answered: number
  #storedAnswer: number
  #isStopped = false
  #cancelWake: (() => void) | null = null

  constructor(
    parts: { readonly storage: ReplicaStorage; readonly clock: Clock },
    { sentNumber, answeredNumber }: Numbers,
    port: PusherPort,
  ) {
    this.#storage = parts.storage
    this.#clock = parts.clock
    this.#port = port
    this.#sent = sentNumber
    this.#answered = answeredNumber
    this.#storedAnswer = answeredNumber
  }

  get sentNumber(): number {
    return this.#sent
  }

  get answeredNumber(): number {
    return this.#answered
  }

  /** What the node is told: it forgets the answers up to here. [G15] */
  get storedAnswer(): number {
    return this.#storedAnswer
  }

  /** A session begins; the node has decided up to `lastNumber`. */
  opened(session: {
    readonly maxFrameBytes: number
    readonly clockOffsetMs: number
    readonly lastNumber: number
  }): void {
    const next = Math.max(session.lastNumber, this.#answered) + 1
    this.#perform(this.#pusher.opened({ ...session, next, answered: this.#storedAnswer }))
  }

  closed(): void {
    this.#pusher.closed()
  }

  /** The outbox grew. */
  numbered(): void {
    this.#perform(this.#pusher.numbered())
  }

  busy(untilMs: number): void {
    this.#perform(this.#pusher.busy(untilMs))
  }

  answered(answers: readonly Answer[]): void {
    const last = lastOf(answers)
    if (last === 0) return
    this.#answered = Math.max(this.#answered, last)
    this.#perform(this.#pusher.answeredUpTo(last))
  }

  stored(answers: readonly Answer[]): void {
    this.#storedAnswer = Math.max(this.#storedAnswer, lastOf(answers))
    this.#pusher.storedUpTo(this.#storedAnswer)
  }

  /** The replica goes by another name: nothing was sent or answered under it. */
  renewed(): void {
    this.#sent = 0
    this.#answered = 0
    this.#storedAnswer = 0
  }

  stop(): void {
    this.#isStopped = true
    this.#cancelWake?.()
  }

  #perform(effects: readonly PushEffect[]): void {
    for (const effect of effects) {
      switch (effect.do) {
        case 'send':
          this.#port.send(effect.message)
          break
        case 'take':
          void this.#take(effect.from, effect.maxBytes)
          break
        case 'wake':
          this.#wakeAt(effect.at)
      }
    }
  }

  async #take(from: number, maxBytes: number): Promise<void> {
    let entries: readonly OutboxEntry[] = []
    try {
      entries = await this.#storage.takeForSending(from, maxBytes)
    } catch {
      // What cannot be marked as sent is not sent.
      this.busy(this.#clock.now() + storageRetryMs)
    }
    if (this.#isStopped) return
    const last = entries.at(-1)
    if (last) this.#sent = Math.max(this.#sent, last.number)
    this.#port.taken(entries)
    this.#perform(this.#pusher.taken(entries))
  }

  #wakeAt(at: number): void {
    this.#cancelWake?.()
    const inMs = Math.max(0, at - this.#clock.now())
    this.#cancelWake = this.#clock.after(inMs, () => this.#perform(this.#pusher.rested()))
  }
}

const storageRetryMs = 5_000

const lastOf = (answers: readonly Answer[]): number => answers.reduce((last, { number }) => Math.max(last, number), 0)
