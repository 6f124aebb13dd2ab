import { deletedBy } from './indexOfState.js'
import { readUpdate, sameRanges } from './readUpdate.js'
import { clocksOf } from './vectorOf.js'

/**
 * Whether two stored states hold the same content: the same vectors *and* the same deletions, which
 * vectors do not cover. By Yjs' own guarantee equal content then reads the same.
 */
export function sameBody(a: Uint8Array, b: Uint8Array): boolean {
  return (
    sameMap(clocksOf(a), clocksOf(b), (x, y) => x === y) &&
    sameMap(deletedBy(readUpdate(a)), deletedBy(readUpdate(b)), sameRanges)
  )
}

function sameMap<V>(a: ReadonlyMap<number, V>, b: ReadonlyMap<number, V>, same: (x: V, y: V) => boolean): boolean {
  if (a.size !== b.size) return false
  for (const [key, x] of a) {
    const y = b.get(key)
    if (y === undefined || !same(x, y)) return false
  }
  return true
}
