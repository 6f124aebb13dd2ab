/**
 * Whether the store is there, as the renewals of this node's lease tell. Without it nothing can be decided here, nor read
 * that is not in memory; and once the lease has run out others decide.
 */
export class StoreContact {
  #renewedAtMs: number
  #lostAtMs: number | null = null

  constructor(
    private readonly leaseMs: number,
    nowMs: number,
  ) {
    this.#renewedAtMs = nowMs
  }

  /** How long the store was away until now; null if it was there. */
  renewed(nowMs: number): number | null {
    const awayMs = this.#lostAtMs === null ? null : nowMs - this.#lostAtMs
    this.#renewedAtMs = nowMs
    this.#lostAtMs = null
    return awayMs
  }

  /** True if it was there until now. */
  failed(nowMs: number): boolean {
    const isNews = this.#lostAtMs === null
    this.#lostAtMs ??= nowMs
    return isNews
  }

  /** The last renewal failed, or it takes so long that the lease is over. */
  isLost(nowMs: number): boolean {
    return this.#lostAtMs !== null || nowMs - this.#renewedAtMs > this.leaseMs
  }
}
