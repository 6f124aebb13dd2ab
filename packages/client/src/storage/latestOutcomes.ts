import type { StoredOutcome } from './ReplicaStorage.js'

/** As many as a tab can miss that sleeps, or whose queue is answered at once; and not more than a start can read. [G10] */
export const maxOutcomes = 1_000
export const maxOutcomeBytes = 1 << 20

/** Of outcomes in their order those that are kept: the last ones within the bounds, the very last always. */
export function latestOutcomes(outcomes: readonly StoredOutcome[]): readonly StoredOutcome[] {
  let first = outcomes.length - 1
  let bytes = outcomes[first]?.bytes ?? 0
  while (first > 0 && outcomes.length - first < maxOutcomes) {
    bytes += (outcomes[first - 1] as StoredOutcome).bytes
    if (bytes > maxOutcomeBytes) break
    first--
  }
  return outcomes.slice(Math.max(0, first))
}
