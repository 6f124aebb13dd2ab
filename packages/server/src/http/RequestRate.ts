const burstSeconds = 10
const maxUsers = 10_000

/** How many requests each user may still make, refilled with time. */
export class RequestRate {
  readonly #stateByUser = new Map<string, { tokens: number; atMs: number }>()

  constructor(private readonly perSecond: number) {}

  /** Whether one more is within the rate. */
  take(userId: string, nowMs: number): boolean {
    const full = this.perSecond * burstSeconds
    const known = this.#stateByUser.get(userId)
    const passedMs = known === undefined ? 0 : Math.max(0, nowMs - known.atMs)
    const tokens = known === undefined ? full : Math.min(full, known.tokens + (passedMs * this.perSecond) / 1000)
    const isWithin = tokens >= 1
    this.#stateByUser.delete(userId)
    this.#stateByUser.set(userId, { tokens: isWithin ? tokens - 1 : tokens, atMs: nowMs })
    // Who asked longest ago is the likeliest to have all of it again.
    const [oldest] = this.#stateByUser.keys()
    if (this.#stateByUser.size > maxUsers && oldest !== undefined) this.#stateByUser.delete(oldest)
    return isWithin
  }
}
