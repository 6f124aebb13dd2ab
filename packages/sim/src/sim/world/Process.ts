import type { Clock } from '@tidemark/core'
import type { VirtualTime } from './VirtualTime.js'

/**
 * A node or a tab, as far as it can die: what it planned happens only while it lives, waits while it is paused, and then
 * comes late. Its clock may be wrong; spans of time are right.
 */
export class Process implements Clock {
  #phase: 'running' | 'paused' | 'dead' = 'running'
  #held: (() => void)[] = []
  #endings: (() => void)[] = []

  constructor(
    readonly time: VirtualTime,
    public clockErrorMs = 0,
  ) {}

  get isAlive(): boolean {
    return this.#phase !== 'dead'
  }

  get isPaused(): boolean {
    return this.#phase === 'paused'
  }

  now(): number {
    return this.time.nowMs + this.clockErrorMs
  }

  readonly after = (ms: number, fn: () => void): (() => void) => {
    let isCancelled = false
    this.time.after(ms, () =>
      this.run(() => {
        if (!isCancelled) fn()
      }),
    )
    return () => {
      isCancelled = true
    }
  }

  readonly soon = (fn: () => void): void => {
    this.after(0, fn)
  }

  /** Nothing that is computed takes time here. */
  readonly watchLoop = (): (() => number) => () => 0

  /** Lets something from outside reach the process: at once, when it goes on, or never. */
  run(fn: () => void): void {
    if (this.#phase === 'running') fn()
    else if (this.#phase === 'paused') this.#held.push(fn)
  }

  /**
   * Has a device outside do something: it is done `beforeMs` from now, and its result is heard `afterMs` later. A process
   * that dies first never asks, or never hears.
   */
  later<T>(beforeMs: number, afterMs: number, work: () => Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      const hear = (fn: () => void) => this.time.after(afterMs, () => this.run(fn))
      this.time.after(beforeMs, () => {
        if (!this.isAlive) return
        work().then(
          value => hear(() => resolve(value)),
          error => hear(() => reject(error)),
        )
      })
    })
  }

  pause(): void {
    if (this.#phase === 'running') this.#phase = 'paused'
  }

  resume(): void {
    if (this.#phase !== 'paused') return
    this.#phase = 'running'
    const held = this.#held
    this.#held = []
    for (const fn of held) this.time.after(0, () => this.run(fn))
  }

  /** Calls `fn` when the process dies. */
  ended(fn: () => void): void {
    this.#endings.push(fn)
  }

  kill(): void {
    if (this.#phase === 'dead') return
    this.#phase = 'dead'
    this.#held = []
    for (const fn of this.#endings.splice(0)) fn()
  }
}
