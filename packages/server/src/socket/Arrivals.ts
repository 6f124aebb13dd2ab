import type { Scheduler } from './Scheduler.js'

/** Who comes, at one of its steps on the way in. */
export interface Arrival {
  /** It has not gone while it waited. */
  isHere(): boolean
  letIn(): void
}

const everyMs = 10
/** Who is here does not feel it as long as the event loop is idle for the rest of its time. */
const mostBusy = 0.5
const firstAtOnce = 8
const leastAtOnce = 2
const mostAtOnce = 32
/** Whatever else has come is seen to between them. */
const stepsPerTurn = 4

/**
 * Lets those who come at once take their steps one after another: as many every few milliseconds as leave the event
 * loop idle for half of its time, and a few at least. So a crowd takes what those who are here leave over. What was begun
 * is ended before more is begun. [L3]
 *
 *   connects ──▶ says who it is ──▶ greets ──▶ says what it has ──▶ catches up
 */
export class Arrivals {
  readonly #connecting: Arrival[] = []
  readonly #greeting: Arrival[] = []
  readonly #catchingUp: Arrival[] = []
  #atOnce = firstAtOnce
  /** Steps that may still be taken before the next look at the clock. */
  #left = firstAtOnce
  #leftInTurn = stepsPerTurn
  #isLooking = false

  constructor(
    private readonly scheduler: Scheduler,
    /** At a step; beyond it others are sent away. */
    private readonly mostWaiting: number,
  ) {}

  /** It is to become a session. False if too many wait for that. */
  connects(arrival: Arrival): boolean {
    return this.#connecting.length < this.mostWaiting && this.#comes(this.#connecting, arrival)
  }

  /** It is to be told who it is here. False if too many wait for that, or for what follows. */
  greets(arrival: Arrival): boolean {
    const waiting = this.#greeting.length + this.#catchingUp.length
    return waiting < this.mostWaiting && this.#comes(this.#greeting, arrival)
  }

  /** It is to be told what it lacks. */
  catchesUp(arrival: Arrival): void {
    this.#comes(this.#catchingUp, arrival)
  }

  #comes(waiting: Arrival[], arrival: Arrival): true {
    waiting.push(arrival)
    this.#letIn()
    return true
  }

  #letIn(): void {
    while (this.#left > 0 && this.#leftInTurn > 0) {
      const next = this.#catchingUp.shift() ?? this.#greeting.shift() ?? this.#connecting.shift()
      if (next === undefined) break
      if (!next.isHere()) continue
      this.#left--
      this.#leftInTurn--
      if (this.#leftInTurn === 0) this.#goOnSoon()
      next.letIn()
    }
    if (this.#left < this.#atOnce) this.#look()
  }

  #goOnSoon(): void {
    this.scheduler.soon(() => {
      this.#leftInTurn = stepsPerTurn
      this.#letIn()
    })
  }

  #look(): void {
    if (this.#isLooking) return
    this.#isLooking = true
    const busy = this.scheduler.watchLoop()
    this.scheduler.after(everyMs, () => {
      this.#isLooking = false
      const next = Math.ceil(busy() > mostBusy ? this.#atOnce / 2 : this.#atOnce * 1.1)
      this.#atOnce = Math.min(Math.max(next, leastAtOnce), mostAtOnce)
      this.#left = this.#atOnce
      this.#letIn()
    })
  }
}
