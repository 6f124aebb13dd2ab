const maxUsers = 10_000

/** How much each user may still do, refilled with time. */
export class UserRate {
  readonly #stateByUser = new Map<string, { tokens: number; atMs: number }>()

  /** `burst`: what a user may do at once who has done nothing for a while. */
  constructor(
    private readonly perSecond: number,
    private readonly burst: number,
  ) {}

  /** How long until one more is within the rate: 0 if it is. */
  waitMs(userId: string, nowMs: number): number {
    const lacking = 1 - this.#tokens(userId, nowMs)
    return lacking <= 0 ? 0 : Math.ceil((lacking * 1000) / this.perSecond)
  }

  /** Whether one more is within the rate. */
  take(userId: string, nowMs: number): boolean {
    const tokens = this.#tokens(userId, nowMs)
    const isWithin = tokens >= 1
    this.#stateByUser.delete(userId)
    this.#stateByUser.set(userId, { tokens: isWithin ? tokens - 1 : tokens, atMs: nowMs })
    // Who came longest ago is the likeliest to have all of it again.
    const [oldest] = this.#stateByUser.keys()
    if (this.#stateByUser.size > maxUsers && oldest !== undefined) this.#stateByUser.delete(oldest)
    return isWithin
  }

  #tokens(userId: string, nowMs: number): number {
    const known = this.#stateByUser.get(userId)
    if (known === undefined) return this.burst
    const passedMs = Math.max(0, nowMs - known.atMs)
    return Math.min(this.burst, known.tokens + (passedMs * this.perSecond) / 1000)
  }
}
