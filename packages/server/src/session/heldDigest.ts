import { createHash } from 'node:crypto'

/** How a client names a record it holds: the first 8 bytes of a SHA-256, as hex. */
export function heldDigest(incarnation: string, collection: string, id: string): string {
  return createHash('sha256').update(`${incarnation}\0${collection}\0${id}`).digest('hex').slice(0, 16)
}

const digestBytes = 8

/** Places of digests in a client's `held` array. */
export function indexHeld(held: Uint8Array): Map<string, number> {
  const indexByDigest = new Map<string, number>()
  for (let at = 0; at + digestBytes <= held.byteLength; at += digestBytes) {
    const digest = Buffer.from(held.buffer, held.byteOffset + at, digestBytes).toString('hex')
    indexByDigest.set(digest, at / digestBytes)
  }
  return indexByDigest
}
