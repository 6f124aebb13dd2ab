/**
 * Stable hashes of a text, the same on every machine and in every version. Not cryptographic: whoever chooses the
 * text can choose the hash, so never a name for what must be kept apart from a stranger's.
 */
export function hash64(text: string): string {
  const [high, low] = lanes(text)
  return hex32(high) + hex32(low)
}

/** The same as a whole number that a double holds exactly. */
export function hash53(text: string): number {
  const [high, low] = lanes(text)
  return (high & 0x1fffff) * 2 ** 32 + low
}

/** Two 32-bit lanes, FNV-1a over UTF-16 units from different seeds, each mixed into the other at the end. */
function lanes(text: string): [high: number, low: number] {
  let high = 0x811c9dc5
  let low = 0x9e3779b9
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index)
    high = Math.imul(high ^ unit, 0x01000193)
    low = Math.imul(low ^ unit ^ (high >>> 16), 0x85ebca6b)
  }
  high = avalanche(high ^ text.length)
  low = avalanche(low ^ high)
  return [avalanche(high ^ low), low]
}

/** Spreads each input bit over all output bits (the finaliser of MurmurHash3). */
function avalanche(lane: number): number {
  let mixed = lane
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b)
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35)
  return (mixed ^ (mixed >>> 16)) >>> 0
}

function hex32(value: number): string {
  return value.toString(16).padStart(8, '0')
}
