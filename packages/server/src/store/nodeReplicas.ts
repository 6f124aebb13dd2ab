import type { Retention } from './Store.js'

/**
 * How the names of the replicas begin that a node makes itself: of y-websocket connections, requests without and
 * with a key, what server code asks for, and change listeners. A client's name has no colon.
 */
export const replicaPrefix = {
  door: 'door:',
  request: 'http:',
  key: 'key:',
  ask: 'ask:',
  listener: 'listener:',
} as const

/** They are not heard of again, or not for long. */
export const passingPrefixes: readonly string[] = [replicaPrefix.door, replicaPrefix.request, replicaPrefix.key]

/** A node asks again within seconds, as long as it lives. */
export const askedMs = 10 * 60_000

/** How long a replica is remembered after it was last seen. A listener's position is, for ever. */
export function rememberedMs(replica: string, { replicaAgeMs, passingReplicaAgeMs }: Retention): number {
  if (replica.startsWith(replicaPrefix.listener)) return Number.POSITIVE_INFINITY
  if (replica.startsWith(replicaPrefix.ask)) return askedMs
  return passingPrefixes.some(prefix => replica.startsWith(prefix)) ? passingReplicaAgeMs : replicaAgeMs
}
