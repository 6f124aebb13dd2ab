/**
 * When an edit was made: milliseconds × 2048 + a counter for edits of the same millisecond.
 * 42 + 11 bits: exact in a double until the year 2109.
 */
export type Stamp = number

const countersPerMs = 2048

export const stampFromMs = (ms: number): Stamp => Math.floor(ms) * countersPerMs
export const msOfStamp = (stamp: Stamp): number => Math.floor(stamp / countersPerMs)

/** The next stamp of one writer: the clock's, or one more than its last if the clock stands or goes back. */
export function nextStamp(nowMs: number, last: Stamp): Stamp {
  return Math.max(stampFromMs(nowMs), last + 1)
}

/**
 * What the authority makes of a stamp that was corrected by the sender's clock offset: not from the
 * future, and never before the last one of the same replica. It is clamped, never refused.
 */
export function effectiveStamp(corrected: Stamp, nowMs: number, lastOfReplica: Stamp): Stamp {
  return Math.max(Math.min(corrected, stampFromMs(nowMs + 1) - 1), lastOfReplica)
}
