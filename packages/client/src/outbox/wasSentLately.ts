import { leastReplicaAgeMs } from '@tidemark/core'
import { numberOf, type PendingEntry } from './PendingEntry.js'

/**
 * Whether the first mutation of a replica, and so all of them, was made so lately that no node can have decided it and
 * forgotten the replica since. By half of the time, as clocks may be set; one that was set back proves nothing. [A7]
 */
export function wasSentLately(entries: readonly PendingEntry[], now: number): boolean {
  const sent = entries.filter(({ state }) => state.kind === 'sent')
  return (
    sent.some(entry => numberOf(entry) === 1) &&
    sent.every(({ queuedAt }) => queuedAt <= now && now - queuedAt < leastReplicaAgeMs / 2)
  )
}
