import { setTimeout as sleep } from 'node:timers/promises'

/** Lets so many through a second; who comes late is not made up for at once. */
export class Pace {
  #nextAtMs = 0

  constructor(private readonly perSecond: number) {}

  async next(): Promise<void> {
    const now = performance.now()
    const atMs = Math.max(now, this.#nextAtMs)
    this.#nextAtMs = atMs + 1000 / this.perSecond
    if (atMs > now) await sleep(atMs - now)
  }
}
