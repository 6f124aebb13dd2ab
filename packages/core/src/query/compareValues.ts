import { canonicalJson } from '../json/canonicalJson.js'
import type { Json } from '../json/Json.js'

/**
 * The one order over JSON values: null, false, true, numbers, strings by code point, arrays, objects.
 *
 * Over scalars it is the order in which the stores sort: SQLite (BINARY over UTF-8) and Postgres (COLLATE "C") agree
 * with it within each type, and the compiled SQL puts the types in this order.
 */
export function compareValues(a: Json, b: Json): number {
  if (a === b) return 0
  if (typeof a === 'string' && typeof b === 'string') return compareStrings(a, b)
  if (typeof a === 'number' && typeof b === 'number') return a < b ? -1 : a > b ? 1 : 0
  const rank = rankOf(a) - rankOf(b)
  if (rank !== 0) return rank
  if (Array.isArray(a) && Array.isArray(b)) return compareArrays(a, b)
  return compareStrings(canonicalJson(a), canonicalJson(b))
}

/**
 * By code point, as UTF-8 bytes compare. UTF-16 units compare the same except that surrogates (U+10000 and above)
 * stand below U+E000–U+FFFF, so those two ranges are swapped at the first unit that differs.
 */
export function compareStrings(a: string, b: string): number {
  const shared = Math.min(a.length, b.length)
  for (let index = 0; index < shared; index++) {
    const unitA = a.charCodeAt(index)
    const unitB = b.charCodeAt(index)
    if (unitA !== unitB)
      return unitA >= 0xd800 && unitB >= 0xd800 ? astralLast(unitA) - astralLast(unitB) : unitA - unitB
  }
  return a.length - b.length
}

function astralLast(unit: number): number {
  return unit >= 0xe000 ? unit - 0x800 : unit + 0x2000
}

function compareArrays(a: readonly Json[], b: readonly Json[]): number {
  const shared = Math.min(a.length, b.length)
  for (let index = 0; index < shared; index++) {
    const order = compareValues(a[index] as Json, b[index] as Json)
    if (order !== 0) return order
  }
  return a.length - b.length
}

function rankOf(value: Json): number {
  if (value === null) return 0
  if (value === false) return 1
  if (value === true) return 2
  if (typeof value === 'number') return 3
  if (typeof value === 'string') return 4
  return Array.isArray(value) ? 5 : 6
}
