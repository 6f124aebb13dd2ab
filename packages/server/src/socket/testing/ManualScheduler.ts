import type { Scheduler } from '../Scheduler.js'

/** Time stands still, and macrotasks wait, until the test moves them. */
export class ManualScheduler implements Scheduler {
  nowMs = 0
  /** The share of its time that the event loop is busy. */
  load = 0
  #soon: (() => void)[] = []
  #timers: { readonly atMs: number; readonly fn: () => void }[] = []

  now(): number {
    return this.nowMs
  }

  soon(fn: () => void): void {
    this.#soon.push(fn)
  }

  watchLoop(): () => number {
    return () => this.load
  }

  after(ms: number, fn: () => void): () => void {
    const timer = { atMs: this.nowMs + ms, fn }
    this.#timers.push(timer)
    return () => {
      this.#timers = this.#timers.filter(other => other !== timer)
    }
  }

  /** The macrotasks and timers that wait. */
  get waiting(): number {
    return this.#soon.length + this.#timers.length
  }

  /** Runs the macrotasks that wait now, not those that they make. */
  turn(): void {
    const soon = this.#soon
    this.#soon = []
    for (const fn of soon) fn()
  }

  /** Moves the clock, and runs the timers that come due on the way. */
  advance(ms: number): void {
    const untilMs = this.nowMs + ms
    for (;;) {
      const next = this.#timers.filter(({ atMs }) => atMs <= untilMs).sort((a, b) => a.atMs - b.atMs)[0]
      if (next === undefined) break
      this.#timers = this.#timers.filter(timer => timer !== next)
      this.nowMs = Math.max(this.nowMs, next.atMs)
      next.fn()
    }
    this.nowMs = untilMs
  }

  /** Runs until nothing waits. */
  settle(): void {
    for (let turns = 0; this.waiting > 0; turns++) {
      if (turns === 10_000) throw new Error('there is always something to do: it never settles')
      this.turn()
      this.advance(1)
    }
  }
}
