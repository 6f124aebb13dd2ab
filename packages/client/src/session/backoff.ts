const firstMs = 250
const mostMs = 30_000

/** Full jitter: anything up to a bound that doubles with each failure, so that many who lost one node come back spread out. */
export function backoffMs(failures: number, chance: number): number {
  return Math.ceil(chance * Math.min(mostMs, firstMs * 2 ** Math.min(failures, 16)))
}
