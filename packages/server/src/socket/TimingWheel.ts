import type { Scheduler } from './Scheduler.js'

const tickMs = 1_000
const slotCount = 64

/**
 * Many slow clocks on one timer, which runs only while one of them does: a session that nothing happens to costs a
 * place in a set. [P24]
 *
 * Ticks are counted, not read off a clock: whatever is done to the machine's time, who waits for so many of them waits
 * that long.
 */
export class TimingWheel {
  readonly #slots = Array.from({ length: slotCount }, () => new Set<Waiting>())
  #now = 0
  #count = 0
  #cancelTick: (() => void) | null = null

  constructor(private readonly scheduler: Pick<Scheduler, 'after'>) {}

  /** Ticks so far; one a second while something waits. */
  get now(): number {
    return this.#now
  }

  /** Calls `due` after so many ticks, 63 at most, unless the returned function is called first. */
  after(ticks: number, due: () => void): () => void {
    if (ticks < 1 || ticks >= slotCount) throw new RangeError(`a wheel with ${slotCount} slots has no ${ticks} ticks`)
    const slot = this.#slots[(this.#now + ticks) % slotCount] as Set<Waiting>
    const waiting: Waiting = { due }
    slot.add(waiting)
    this.#count++
    this.#turnOn()
    return () => this.#taken(slot, waiting)
  }

  #turnOn(): void {
    if (this.#count > 0) this.#cancelTick ??= this.scheduler.after(tickMs, () => this.#tick())
  }

  #tick(): void {
    this.#cancelTick = null
    this.#now++
    const slot = this.#slots[this.#now % slotCount] as Set<Waiting>
    for (const waiting of [...slot]) if (this.#taken(slot, waiting)) waiting.due()
    this.#turnOn()
  }

  #taken(slot: Set<Waiting>, waiting: Waiting): boolean {
    if (!slot.delete(waiting)) return false
    this.#count--
    if (this.#count === 0) {
      this.#cancelTick?.()
      this.#cancelTick = null
    }
    return true
  }
}

interface Waiting {
  readonly due: () => void
}
