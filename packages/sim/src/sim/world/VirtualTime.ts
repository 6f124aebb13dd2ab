interface Due {
  readonly atMs: number
  readonly order: number
  readonly fn: () => void
  isCancelled: boolean
}

/**
 * The one clock of a simulated world: things happen in order of their time, and at equal times in the order they were
 * planned. Between two of them all promises run dry, so nothing depends on the machine that runs it. [SIM-2]
 */
export class VirtualTime {
  readonly #heap: Due[] = []
  #nowMs: number
  #order = 0
  #steps = 0

  constructor(startMs: number) {
    this.#nowMs = startMs
  }

  get nowMs(): number {
    return this.#nowMs
  }

  /** How many things have happened. */
  get steps(): number {
    return this.#steps
  }

  after(ms: number, fn: () => void): () => void {
    const due: Due = { atMs: this.#nowMs + Math.max(0, ms), order: this.#order++, fn, isCancelled: false }
    this.#push(due)
    return () => {
      due.isCancelled = true
    }
  }

  /** Lets everything happen that is due until then; `stepped` is called after each step. */
  async runUntil(untilMs: number, stepped: () => void): Promise<void> {
    await macrotask()
    for (;;) {
      const due = this.#heap[0]
      if (due === undefined || due.atMs > untilMs) break
      this.#pop()
      if (due.isCancelled) continue
      this.#nowMs = Math.max(this.#nowMs, due.atMs)
      this.#steps++
      due.fn()
      await macrotask()
      stepped()
    }
    this.#nowMs = Math.max(this.#nowMs, untilMs)
  }

  #push(due: Due): void {
    const heap = this.#heap
    let at = heap.push(due) - 1
    while (at > 0) {
      const parent = (at - 1) >> 1
      if (!isEarlier(due, heap[parent] as Due)) break
      heap[at] = heap[parent] as Due
      at = parent
    }
    heap[at] = due
  }

  #pop(): void {
    const heap = this.#heap
    const last = heap.pop() as Due
    if (heap.length === 0) return
    let at = 0
    for (;;) {
      let child = 2 * at + 1
      if (child >= heap.length) break
      if (child + 1 < heap.length && isEarlier(heap[child + 1] as Due, heap[child] as Due)) child++
      if (!isEarlier(heap[child] as Due, last)) break
      heap[at] = heap[child] as Due
      at = child
    }
    heap[at] = last
  }
}

const isEarlier = (a: Due, b: Due): boolean => (a.atMs === b.atMs ? a.order < b.order : a.atMs < b.atMs)

/** All promises that can go on have gone on when it resolves: nothing in a simulated world waits for the machine. */
export function macrotask(): Promise<void> {
  return new Promise(resolve => setImmediate(resolve))
}
