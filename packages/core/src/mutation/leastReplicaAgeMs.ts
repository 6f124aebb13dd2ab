/** No node forgets a replica sooner after it was last seen: what a client sent since then is decided once, under one name. */
export const leastReplicaAgeMs = 14 * 24 * 60 * 60 * 1000
