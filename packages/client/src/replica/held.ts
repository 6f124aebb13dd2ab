import { digest } from 'lib0/hash/sha256'
import { encodeUtf8 } from 'lib0/string'
import { rowKeyOf } from './RowRef.js'

/** What a list holds, as it is named to the node: digests in ascending order, and whose they are. */
export interface Held {
  readonly refs: readonly string[]
  readonly bytes: Uint8Array
}

const digestBytes = 8

/**
 * The first 8 bytes of SHA-256 over incarnation, collection and id for each record. Ids are chosen by clients, so
 * nothing weaker: two that meet would let one record stand for another.
 */
export function heldOf(incarnation: string, refs: Iterable<string>): Held {
  const digests = [...refs].map(ref => {
    const { collection, id } = rowKeyOf(ref)
    return { ref, bytes: digest(encodeUtf8(`${incarnation}\0${collection}\0${id}`)).subarray(0, digestBytes) }
  })
  digests.sort((a, b) => compareBytes(a.bytes, b.bytes))
  const bytes = new Uint8Array(digests.length * digestBytes)
  for (const [index, item] of digests.entries()) bytes.set(item.bytes, index * digestBytes)
  return { refs: digests.map(({ ref }) => ref), bytes }
}

function compareBytes(a: Uint8Array, b: Uint8Array): number {
  for (let at = 0; at < digestBytes; at++) {
    const order = (a[at] as number) - (b[at] as number)
    if (order !== 0) return order
  }
  return 0
}
