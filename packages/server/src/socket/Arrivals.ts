import type { Scheduler } from './Scheduler.js'

/** Who comes, at one of its steps on the way in. */
export interface Arrival {
  /** It has not gone while it waited. */
  isHere(): boolean
  letIn(): void
}

const everyMs = 10
/** Who is here feels it when the event loop comes so much later than it was asked to. */
const lateMs = 3
const firstAtOnce = 16
const mostAtOnce = 64

/**
 * Lets those who come at once take their steps one after another: as many every few milliseconds as the event loop
 * stays on time with, and one at least. So a crowd takes what those who are here leave over. [L3]
 */
export class Arrivals {
  readonly #connections: Arrival[] = []
  readonly #greetings: Arrival[] = []
  #atOnce = firstAtOnce
  /** Steps that may still be taken before the next look at the clock. */
  #left = firstAtOnce
  #isLooking = false

  constructor(
    private readonly scheduler: Scheduler,
    /** At each of the steps. */
    private readonly mostWaiting: number,
  ) {}

  /** It is to become a session. False if too many wait for that. */
  connects(arrival: Arrival): boolean {
    return this.#comes(this.#connections, arrival)
  }

  /** It is to be told who it is here; before anybody else connects. False if too many wait for that. */
  greets(arrival: Arrival): boolean {
    return this.#comes(this.#greetings, arrival)
  }

  #comes(waiting: Arrival[], arrival: Arrival): boolean {
    if (waiting.length >= this.mostWaiting) return false
    waiting.push(arrival)
    this.#letIn()
    return true
  }

  #letIn(): void {
    while (this.#left > 0) {
      const next = this.#greetings.shift() ?? this.#connections.shift()
      if (next === undefined) break
      if (!next.isHere()) continue
      this.#left--
      next.letIn()
    }
    if (this.#left < this.#atOnce) this.#look()
  }

  #look(): void {
    if (this.#isLooking) return
    this.#isLooking = true
    const dueAt = this.scheduler.now() + everyMs
    this.scheduler.after(everyMs, () => {
      this.#isLooking = false
      const isLate = this.scheduler.now() - dueAt > lateMs
      this.#atOnce = Math.ceil(isLate ? this.#atOnce / 2 : Math.min(this.#atOnce * 1.25, mostAtOnce))
      this.#left = this.#atOnce
      this.#letIn()
    })
  }
}
